import * as z from 'zod';

/** Whether to delete earlier archives about a Subject when it is anonymized. */
export const OwnArchives = z.enum(['delete', 'retain']);
export type OwnArchives = z.infer<typeof OwnArchives>;

const Words = z.string().min(1).max(4000).exactOptional();

/** Answers to GDPR Art. 15(1) and (2), written by the company. An absent answer is shown as a blank. */
export const InformationSheet = z.strictObject({
  controller: Words,
  contact: Words,
  dataProtectionOfficer: Words,
  purposes: Words,
  legalBasis: Words,
  recipients: Words,
  transfers: Words,
  retention: Words,
  source: Words,
  automatedDecisions: Words,
  rights: Words,
  supervisoryAuthority: Words,
});
export type InformationSheet = Readonly<z.infer<typeof InformationSheet>>;
