import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { mutated } from './mutate.ts';
import type { Target } from './target.ts';
import { stopAll, TARGETS } from './targets.ts';
import { FOUND, watch } from './watch.ts';

/** Seconds for each target: `npm run test:deep` takes ten minutes, `npm test` a number of inputs. */
const SECONDS = Number(process.env.GDPR_FUZZ_SECONDS ?? (process.env.GDPR_TEST_DEEP === '1' ? 600 : 0));
/** The same inputs at each run, unless another seed is given or the time is long. */
const SEED = Number(process.env.GDPR_FUZZ_SEED ?? (SECONDS > 0 ? Date.now() % 2 ** 31 : 20_261_130));
const RUNS = 100;
const ALL_RUNS = 1_000_000_000;

const guard = watch(TARGETS.map(({ name }) => name));
afterAll(async () => {
  await guard.stop();
  await stopAll();
});

/** Inputs that broke something once, a file each. */
function corpusOf(name: string): Buffer[] {
  const folder = join(import.meta.dirname, 'corpus', name);
  return existsSync(folder) ? readdirSync(folder).map((file) => readFileSync(join(folder, file))) : [];
}

/** Keeps an input, so that it can be moved to the corpus. */
function keep(name: string, input: Buffer): string {
  const file = join(FOUND, `${name}-${createHash('sha256').update(input).digest('hex').slice(0, 12)}`);
  writeFileSync(file, input);
  return file;
}

async function fuzz({ name, samples, words, runs = RUNS, run }: Target): Promise<void> {
  const all = [...samples.map((sample) => Buffer.from(sample as string)), ...corpusOf(name)];
  let [accepted, refused] = [0, 0];
  const inputs = fc.asyncProperty(mutated(all, words), async (input) => {
    if (await guard.over(name, input, () => run(input))) accepted += 1;
    else refused += 1;
  });
  const began = performance.now();
  const outcome = await fc.check(inputs, {
    seed: SEED,
    ...(SECONDS > 0 ? { numRuns: ALL_RUNS, interruptAfterTimeLimit: SECONDS * 1000 } : { numRuns: runs }),
  });
  const seconds = Math.round((performance.now() - began) / 1000);
  if (SECONDS > 0)
    console.log(`fuzz ${name}: ${seconds} s, ${accepted + refused} inputs, ${accepted} accepted, seed ${SEED}`);
  if (!outcome.failed) return;
  const [input] = outcome.counterexample as [Buffer];
  const cause = outcome.errorInstance;
  const replay = `seed ${SEED}, ${outcome.numShrinks} steps smaller, kept in ${keep(name, input)}`;
  throw new Error(`${name}: ${(cause as Error)?.stack ?? String(cause)}\n${replay}`, { cause });
}

describe.each(TARGETS.map((target) => [target.name, target] as const))(
  '%s, from outside (R23, R24)',
  (name, target) => {
    it('takes each sample as it is, and holds for each input that once broke it', async () => {
      for (const sample of target.samples) expect(await target.run(Buffer.from(sample as string))).toBe(true);
      for (const input of corpusOf(name)) await guard.over(name, input, () => target.run(input));
    });

    it('holds for samples with changes', { timeout: (SECONDS + 300) * 1000 }, () => fuzz(target));
  },
);

it('has a target for each folder of the corpus', () => {
  const names = TARGETS.map((target) => target.name);
  const entries = readdirSync(join(import.meta.dirname, 'corpus'), { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  expect(folders.filter((folder) => !names.includes(folder))).toEqual([]);
});
