import * as z from 'zod';
import { NamedSubject } from '../../modules/requests/subject.ts';

/** What was asked: the query of an Engine, or a path of the Portal API. */
const Ask = z.strictObject({
  method: z.string(),
  path: z.string(),
  /** Fields of the form, in their order. */
  form: z.array(z.tuple([z.string(), z.string()])).optional(),
});
export type Ask = z.infer<typeof Ask>;

/** Headers of an answer that decide how it is read. */
export const KEPT_HEADERS = ['content-type', 'content-encoding', 'date', 'retry-after', 'nx_exec_time'] as const;

const Answer = z.strictObject({
  status: z.int(),
  headers: z.record(z.string(), z.string()),
  /** How the end of the body was marked. */
  framing: z.enum(['length', 'chunks', 'end']),
  /** The body as text, or its bytes in Base64 where it is not UTF-8. */
  body: z.string(),
  isBase64: z.literal(true).optional(),
  milliseconds: z.int(),
});
export type Answer = z.infer<typeof Answer>;

/** One question and its answer; without one the connection failed. */
export const Exchange = z.strictObject({ ask: Ask, answer: Answer.optional() });
export type Exchange = z.infer<typeof Exchange>;

/** What a retrieval brought: rows of each file as a digest, since stand-ins alone are in them. */
export const Outcome = z.strictObject({
  sources: z.record(z.string(), z.string()).describe('State of each Engine, by name'),
  files: z.record(z.string(), z.strictObject({ rows: z.int(), sha256: z.string() })),
  missing: z.array(z.string()).describe('Engine, file and reason of each gap'),
});
export type Outcome = z.infer<typeof Outcome>;

/** `recording.json`: all that a replay needs beside the exchanges. */
export const Recording = z.strictObject({
  format: z.literal(1),
  recordedAt: z.iso.datetime(),
  subject: NamedSubject,
  limits: z.strictObject({ daysBack: z.int(), rowLimit: z.int(), confirmRows: z.int() }),
  federation: z.array(z.string()).optional(),
  /** What the settings say of Engines, by name. */
  engines: z.record(z.string(), z.strictObject({ timezone: z.string().optional(), version: z.string().optional() })),
  /** Files of exchanges: `portal.jsonl`, then one for each listed Engine, in the order of the list. */
  files: z.array(z.string().regex(/^(portal|engine-\d+)\.jsonl$/)),
  expected: Outcome,
});
export type Recording = z.infer<typeof Recording>;

export const PORTAL_FILE = 'portal.jsonl';
export const engineFile = (index: number): string => `engine-${index + 1}.jsonl`;

/** A refusal that the operator can act on. */
export class RecordError extends Error {
  override readonly name = 'RecordError';
}
