/** Whom the data is about (R1): one user or one device, never both. */
export type SubjectKind = 'user' | 'device';

/** A name exactly as the Operator typed it. It is personal data: it travels sealed, never in a key, a log or an execution. */
export interface Subject {
  readonly kind: SubjectKind;
  readonly name: string;
}

/** Whether names of people other than the Subject stay in an archive, or stand-ins take their place. */
export type CoUsers = 'keep' | 'mask';
