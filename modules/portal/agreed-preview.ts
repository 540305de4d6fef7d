import { createHash, createHmac } from 'node:crypto';
import { canonicalJson } from '../common/canonical-json.ts';
import type { Subject } from '../requests/subject.ts';
import type { PortalMapping } from './mapping/mapping.ts';
import { spellingsOf } from './names/name-matcher.ts';

/** What one mapped table holds about a Subject, in rows and cells. */
export interface TableFindings {
  /** `schema.table`. */
  readonly table: string;
  /** Rows that an anonymization would change. */
  readonly rows: number;
  /** Cells that are the name as a whole, however spelled. */
  readonly exact: number;
  /** Cells that mention the name as a word of its own. */
  readonly tokens: number;
  /** Cells in which the letters of the name stand inside another word, or another name: never changed. */
  readonly suspected: number;
}

/** What a preview finds in the Portal database. Names are in it: it is for the Operator's eyes. */
export interface PortalFindings {
  readonly tables: readonly TableFindings[];
  /** How the name is written where it is stored: each may be another account, such as `CORP\jdoe` and `jdoe`. */
  readonly spellings: readonly string[];
  /** Other names that hold the letters of this one: other people, never changed. */
  readonly nearNames: readonly string[];
  /** `schema.table.column` that holds the name though it is approved as naming nobody: an anonymization would refuse. */
  readonly unmapped: readonly string[];
  /** `schema.table.column` of the Portal's login accounts in which one names the Subject: reported, never changed. */
  readonly accounts: readonly string[];
  /** Places that no UPDATE reaches, without the name. */
  readonly outOfReach: readonly string[];
}

/** Bytes of the nonce in a plan hash. */
export const PLAN_NONCE_BYTES = 16;

/** What the Operator gets: nonce and digest. */
export const planHashOf = (nonce: string, digest: string): string => `${nonce}.${digest}`;

/** By which an approval is held to a plan hash without keeping it: both halves of it are random to who does not have it. */
export const sha256Of = (planHash: string): string => createHash('sha256').update(planHash).digest('base64url');

/** @returns undefined when it is none */
export function splitPlanHash(planHash: string): { readonly nonce: string; readonly digest: string } | undefined {
  const [, nonce, digest] = /^([\w-]{22})\.([\w-]{43})$/.exec(planHash) ?? [];
  return nonce && digest ? { nonce, digest } : undefined;
}

/**
 * Digest of what an anonymization would do: the spellings that count as the name, the mapping and the schema it was
 * approved for, and what each table holds. Without the nonce it tells nothing, not even to who tries every name.
 * @param nonce base64url of 16 random bytes, drawn for one preview
 */
export function planDigest(nonce: string, subject: Subject, mapping: PortalMapping, findings: PortalFindings): string {
  const plan = {
    kind: subject.kind,
    variants: spellingsOf(subject.name).sort(),
    stored: [...findings.spellings].sort(),
    mapping: createHash('sha256').update(canonicalJson(mapping)).digest('hex'),
    tables: Object.fromEntries(findings.tables.map(({ table, rows, exact, tokens }) => [table, [rows, exact, tokens]])),
    unmapped: [...findings.unmapped].sort(),
  };
  return createHmac('sha256', Buffer.from(nonce, 'base64url')).update(canonicalJson(plan)).digest('base64url');
}
