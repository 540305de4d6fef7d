import * as z from 'zod';
import { GdprError } from './errors.ts';
import { Instant, type ReadonlyDeep } from './shapes.ts';

/** From the worst on; a report lists its checks in this order. */
const STATES = ['fault', 'warning', 'not measured', 'not configured', 'ok'] as const;

const Check = z.strictObject({
  name: z.string().describe('What was looked at'),
  state: z
    .enum(STATES)
    .describe('`warning`: it works, but see `evidence`; `not measured`: another fault prevents the check'),
  evidence: z.string().describe('What was measured, in words; no personal data'),
  mend: z.string().exactOptional().describe('The setting to change, or what else to do'),
});
export type Check = ReadonlyDeep<z.infer<typeof Check>>;

/** Answer of `GET /v1/doctor`. */
export const DoctorReport = z.strictObject({
  at: Instant,
  state: z.enum(['fault', 'warning', 'ok']).describe('`ok`: all that is configured was measured, and nothing is wrong'),
  checks: z.array(Check).describe('Faults first'),
});
export type DoctorReport = ReadonlyDeep<z.infer<typeof DoctorReport>>;

export const checked = (name: string, state: Check['state'], evidence: string, mend?: string): Check => ({
  name,
  state,
  evidence,
  ...(mend !== undefined && { mend }),
});

/** A check to be made: what to change when it fails, and the work, which gives checks, or says in words what is good. */
export type Examination = readonly [
  name: string,
  mend: string,
  look: (signal: AbortSignal) => Promise<string | readonly Check[]>,
];

/** Makes all checks at the same time. One that throws, or has not ended at the limit, is a fault and stops no other. */
export async function examine(
  all: readonly (Check | Examination)[],
  now: Date,
  limitMs: number,
): Promise<DoctorReport> {
  const made = all.map((one) => ('name' in one ? [one] : examined(one, limitMs)));
  const found = (await Promise.all(made)).flat();
  const checks = STATES.flatMap((state) => found.filter((check) => check.state === state));
  const worst = checks[0]?.state ?? 'ok';
  const state = worst === 'not measured' ? 'warning' : worst === 'not configured' ? 'ok' : worst;
  return { at: now.toISOString(), state, checks };
}

async function examined([name, mend, look]: Examination, limitMs: number): Promise<readonly Check[]> {
  try {
    const found = await within(limitMs, look);
    return typeof found === 'string' ? [checked(name, 'ok', found)] : found;
  } catch (error) {
    return [checked(name, 'fault', wordsOf(error), mend)];
  }
}

/** @param work may end by the signal @throws a `TimeoutError` when it takes longer */
export function within<T>(limitMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const signal = AbortSignal.timeout(limitMs);
  const late = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  return Promise.race([work(signal), late]);
}

/** What an error says. The text of an error that is not ours may hold values, so its name stands for it (R24). */
export function wordsOf(error: unknown): string {
  if (error instanceof GdprError) return error.message;
  const { name, code } = error as NodeJS.ErrnoException;
  if (name === 'TimeoutError') return 'It does not answer in time';
  return `It failed (${code ?? name})`;
}
