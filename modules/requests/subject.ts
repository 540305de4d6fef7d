import * as z from 'zod';
import type { ReadonlyDeep } from '../common/shapes.ts';
import type { PortalSubject } from './subjects/person.ts';

/** The data is about one user or one device, never both (R1). */
export const SubjectKind = z.enum(['user', 'device']);
export type SubjectKind = z.infer<typeof SubjectKind>;

const MAX_ACCOUNTS = 20;

/** A name as the Operator typed it (modules/engines/nxql.ts checks it). Personal data: sealed, never in a key, a log or an execution. */
export const NamedSubject = z.strictObject({ kind: SubjectKind, name: z.string() });

/** The same, with the accounts that a person chose among those that the name may mean. */
export const Subject = NamedSubject.extend({
  accounts: z
    .array(z.string())
    .min(1)
    .max(MAX_ACCOUNTS)
    .exactOptional()
    .describe('Names of accounts, as POST /v1/subjects shows them; needed when the name may mean several'),
  commonWord: z
    .boolean()
    .exactOptional()
    .describe('The login is a common word, such as `may`: alone in a text of somebody else it is only a mention'),
});
export type Subject = ReadonlyDeep<z.infer<typeof Subject>>;

/** By place (`schema.table.column`): what happens to words of the name in what belongs to somebody else or to nobody. */
export const Mentions = z.record(z.string().min(1).max(200), z.enum(['keep', 'change']));
export type Mentions = ReadonlyDeep<z.infer<typeof Mentions>>;

export type DecidedSubject = Subject & { readonly mentions?: Mentions };

/**
 * What is sealed. `found`: the one account that the Engines hold under the name, when the caller chose none. `foundOn`: its
 * names on each Engine that was asked, by id of the Engine. `person`: what a committed anonymization has replaced.
 */
export type SealedSubject = DecidedSubject & {
  readonly person?: PortalSubject;
  readonly found?: readonly string[];
  readonly foundOn?: Readonly<Record<string, readonly string[]>>;
};

/**
 * A rehearsal does every step of an anonymization and rolls it back. `remove`: people remove a device from the Engines by hand,
 * and this system looks until it is gone (docs/decisions/0031).
 */
export const RequestKind = z.enum(['retrieve', 'anonymize', 'rehearse', 'remove']);
export type RequestKind = z.infer<typeof RequestKind>;

/** What can be previewed, approved, or asked for in a ticket. */
export const WorkKind = RequestKind.exclude(['rehearse', 'remove']);
export type WorkKind = z.infer<typeof WorkKind>;

/** Whether an archive keeps the names of other people, or masks them with stand-ins. */
export const CoUsers = z.enum(['keep', 'mask']);
export type CoUsers = z.infer<typeof CoUsers>;
