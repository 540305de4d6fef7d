import type { Replacer } from './replace.ts';
import type { Fixtures } from './replay.ts';
import type { Kind, StandIns } from './stand-ins.ts';

const MAX_SAMPLES = 5;

/** What a person looks at before anything is written: what was replaced by what, and what stays. */
export interface Report {
  readonly engines: number;
  readonly questions: number;
  readonly rows: number;
  readonly replaced: readonly {
    readonly kind: Kind;
    readonly different: number;
    readonly times: number;
    /** Original with its first letter alone, then its stand-in. */
    readonly samples: readonly string[];
  }[];
  readonly stays: readonly {
    readonly column: string;
    readonly unit: string;
    readonly values: number;
    readonly samples: readonly string[];
  }[];
  /** Number of words of names that are words of the product too. */
  readonly unsought: number;
}

export function reportOf(
  { recording, exchanges }: Fixtures,
  standIns: StandIns,
  replacer: Replacer,
  unsought: readonly string[],
): Report {
  const replaced = [...standIns.replaced].map(([kind, entries]) => {
    const all = [...entries.values()].sort((one, other) => other.times - one.times);
    const samples = all.slice(0, MAX_SAMPLES).map(({ original, standIn }) => `${mask(original)} -> ${standIn}`);
    return { kind, different: all.length, times: all.reduce((sum, { times }) => sum + times, 0), samples };
  });
  const stays = [...replacer.staying].map(([column, { unit, values, samples }]) => ({
    column,
    unit,
    values,
    samples: [...samples],
  }));
  return {
    engines: exchanges.size - 1,
    questions: [...exchanges.values()].reduce((sum, all) => sum + all.length, 0),
    rows: Object.values(recording.expected.files).reduce((sum, { rows }) => sum + rows, 0),
    replaced: replaced.sort((one, other) => one.kind.localeCompare(other.kind)),
    stays: stays.sort((one, other) => one.column.localeCompare(other.column)),
    unsought: unsought.length,
  };
}

/** The first character of a text, and signs that separate its words; of a short one the signs alone. */
export const mask = (text: string): string =>
  text.replaceAll(text.length < 3 ? /[\p{L}\p{N}]/gu : /(?<=.)[\p{L}\p{N}]/gu, '*');

/** Lines for people. */
export function* reportLines({ engines, questions, rows, replaced, stays, unsought }: Report): Generator<string> {
  yield `Recorded: ${questions} queries to the Portal and ${engines} Engines, ${rows} rows in the archive.`;
  yield 'Replaced (different ones, times, the five most frequent):';
  for (const { kind, different, times, samples } of replaced)
    yield `  ${kind.padEnd(7)} ${String(different).padStart(7)} ${String(times).padStart(9)}   ${samples.join('; ')}`;
  yield 'Stays as it is, by column (unit, values, samples):';
  for (const { column, unit, values, samples } of stays)
    yield `  ${column}: ${unit}, ${values}, such as ${samples.join(', ')}`;
  if (unsought > 0)
    yield `${unsought} words of names are words of the product too, such as device; the search for originals leaves them out.`;
}
