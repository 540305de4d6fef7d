import * as z from 'zod';
import { Count, Instant, type ReadonlyDeep } from '../common/shapes.ts';
import { PortalFindings } from '../portal/agreed-preview.ts';
import { Login } from '../requests/login.ts';
import { RequestKind, Subject, SubjectKind } from '../requests/subject.ts';

/** Body of `POST /v1/preview`. */
export const PreviewBody = z.strictObject({ kind: RequestKind, subject: Subject, login: Login });
export type PreviewBody = ReadonlyDeep<z.infer<typeof PreviewBody>>;

/** Answer of `POST /v1/preview`, after the login was checked (R14). The last two fields are for an anonymization. */
export const PreviewView = z
  .strictObject({
    kind: RequestKind,
    subjectKind: SubjectKind,
    rows: Count.describe('Rows that an anonymization would change'),
    ...PortalFindings.shape,
    planHash: z.string().exactOptional().describe('Hash of this preview; send it when you start the anonymization'),
    /** The Portal's nightly jobs come first. */
    notBefore: Instant.exactOptional().describe('Earliest start of an anonymization'),
  })
  .describe('What the Portal holds about a name. Personal data: it is not stored');
export type PreviewView = ReadonlyDeep<z.infer<typeof PreviewView>>;
