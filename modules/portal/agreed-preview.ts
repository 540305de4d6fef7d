import { createHash, createHmac } from 'node:crypto';
import * as z from 'zod';
import { canonicalJson } from '../common/canonical-json.ts';
import { Count, type ReadonlyDeep } from '../common/shapes.ts';
import type { DecidedSubject } from '../requests/subject.ts';
import type { PortalMapping } from './mapping/mapping.ts';
import { spellingsOf } from './names/name-matcher.ts';
import { lettersOf } from './names/person.ts';

/** Counts of rows and cells about a Subject in one mapped table. */
const TableFindings = z.strictObject({
  /** `schema.table`. */
  table: z.string(),
  /** Rows that an anonymization would change. */
  rows: Count,
  /** Cells that hold only the name, in any spelling. */
  exact: Count,
  /** Cells that mention the name as a word of its own. */
  tokens: Count,
  /** Cells with the letters of the name inside another word or name: never changed. */
  suspected: Count,
});

const Names = z.array(z.string());
/** `place`: `schema.table.column`. */
const PlaceCounts = z.array(z.strictObject({ place: z.string(), count: Count }));

/** What a preview finds in the Portal database. It holds names: only the Operator may see it. Columns: `schema.table.column`. */
export const PortalFindings = z.strictObject({
  tables: z.array(TableFindings),
  identifiers: z
    .array(z.strictObject({ text: z.string(), strong: z.boolean() }))
    .describe(
      'What identifies the subject. `strong`: it means the subject wherever it stands, else only in its own rows',
    ),
  spellings: Names.describe('Spellings of the name in the database'),
  nearNames: Names.describe('Other names that contain this one'),
  unmapped: Names.describe('Columns that hold the name although they are classified as not personal'),
  outOfReach: Names.describe('Places that cannot be changed'),
  accounts: Names.describe("Columns of the Portal's login accounts that hold the name"),
  mentions: PlaceCounts.describe('Words of the name in what belongs to somebody else or to nobody, by column'),
  examples: z
    .array(z.strictObject({ place: z.string(), text: z.string() }))
    .exactOptional()
    .describe('Some of the mentions as they stand, with all letters of other words masked'),
  lookalikes: PlaceCounts.describe('Words that only begin or end like the name, by column; never changed'),
});
export type PortalFindings = ReadonlyDeep<z.infer<typeof PortalFindings>>;

export const planHashOf = (nonce: string, digest: string): string => `${nonce}.${digest}`;

/** SHA-256 of a plan hash, stored to check the plan hash of an approval. It does not reveal the plan hash. */
export const sha256Of = (planHash: string): string => createHash('sha256').update(planHash).digest('base64url');

/** @returns undefined when it is not a plan hash */
export function splitPlanHash(planHash: string): { readonly nonce: string; readonly digest: string } | undefined {
  const [, nonce, digest] = /^([\w-]{22})\.([\w-]{43})$/.exec(planHash) ?? [];
  return nonce && digest ? { nonce, digest } : undefined;
}

/** Digest of what an anonymization would do. The nonce, base64url of 16 random bytes, keeps names from being tried. */
export function planDigest(
  nonce: string,
  subject: DecidedSubject,
  mapping: PortalMapping,
  findings: PortalFindings,
): string {
  const plan = {
    kind: subject.kind,
    variants: spellingsOf(subject.name).sort(),
    accounts: [...(subject.accounts ?? [])].sort(),
    mentions: subject.mentions ?? {},
    identifiers: findings.identifiers.map(({ text, strong }) => `${lettersOf(text)} ${strong}`).sort(),
    stored: [...findings.spellings].sort(),
    mapping: createHash('sha256').update(canonicalJson(mapping)).digest('hex'),
    tables: Object.fromEntries(findings.tables.map(({ table, rows, exact, tokens }) => [table, [rows, exact, tokens]])),
    unmapped: [...findings.unmapped].sort(),
  };
  return createHmac('sha256', Buffer.from(nonce, 'base64url')).update(canonicalJson(plan)).digest('base64url');
}
