import * as z from 'zod';

/** `attested` when the operator vouches that the accounts in use see every device and user; from outside it cannot be seen (R12). */
export const AccountScope = z.enum(['attested', 'unverified']);

/** What becomes of archives that were retrieved about a Subject before it was anonymized. */
export const OwnArchives = z.enum(['delete', 'retain']);
export type OwnArchives = z.infer<typeof OwnArchives>;

const Words = z.string().min(1).max(4000).exactOptional();

/** Answers to GDPR Art. 15(1) and (2), in the words of the company; what is absent is shown as a blank. */
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
