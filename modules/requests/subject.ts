import * as z from 'zod';

/** Whom the data is about (R1): one user or one device, never both. */
export const SubjectKind = z.enum(['user', 'device']);
export type SubjectKind = z.infer<typeof SubjectKind>;

/**
 * A name exactly as the Operator typed it; modules/engines/nxql.ts judges it. It is personal data: it travels sealed, never
 * in a key, a log or an execution.
 */
export const Subject = z.strictObject({ kind: SubjectKind, name: z.string() });
export type Subject = Readonly<z.infer<typeof Subject>>;

/** What is done with the data. */
export const RequestKind = z.enum(['retrieve', 'anonymize']);
export type RequestKind = z.infer<typeof RequestKind>;

/** Whether names of people other than the Subject stay in an archive, or stand-ins take their place. */
export const CoUsers = z.enum(['keep', 'mask']);
export type CoUsers = z.infer<typeof CoUsers>;
