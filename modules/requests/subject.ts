import * as z from 'zod';

/** The data is about one user or one device, never both (R1). */
export const SubjectKind = z.enum(['user', 'device']);
export type SubjectKind = z.infer<typeof SubjectKind>;

/**
 * A name exactly as the Operator typed it; modules/engines/nxql.ts checks it. It is personal data: it is stored sealed, and
 * never in a key, a log or an execution.
 */
export const Subject = z.strictObject({ kind: SubjectKind, name: z.string() });
export type Subject = Readonly<z.infer<typeof Subject>>;

/** What is done with the data. */
export const RequestKind = z.enum(['retrieve', 'anonymize']);
export type RequestKind = z.infer<typeof RequestKind>;

/** Whether an archive keeps the names of other people, or masks them with stand-ins. */
export const CoUsers = z.enum(['keep', 'mask']);
export type CoUsers = z.infer<typeof CoUsers>;
