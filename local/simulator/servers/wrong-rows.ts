import type { Answer } from '../nxql/answer.ts';
import { take } from '../nxql/take.ts';
import type { Cell } from '../world/cells.ts';
import { Random } from '../world/random.ts';
import type { Fault } from './faults.ts';

/** An answer with its columns side by side, so that columns can be moved. */
interface Flat {
  readonly headers: readonly string[];
  readonly types: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

const flatten = ({ groups, rows }: Answer): Flat => ({
  headers: groups.flatMap(({ headers }) => headers),
  types: groups.flatMap(({ types }) => types),
  rows: Array.from(rows, (row) => row.flat()),
});

const answerOf = ({ headers, types, rows }: Flat): Answer => ({
  groups: [{ headers, types }],
  rows: rows.map((row) => [row]),
});

/** A cap that is applied before the statement's own limit: what it keeps does not depend on the limit. */
export const isCap = (fault: Fault | undefined): boolean => fault?.kind.startsWith('cap-') ?? false;

/**
 * An answer as a fault changes it.
 * @param statement decides which rows a random choice keeps: the same statement gets the same rows
 */
export function spoilRows(answer: Answer, fault: Fault | undefined, statement: string, limit?: number): Answer {
  if (!fault) return answer;
  if (isCap(fault)) {
    const flat = flatten(answer);
    const kept = keepSome(flat, fault, statement);
    return answerOf({ ...flat, rows: [...take(kept, limit)] });
  }
  const change = CHANGES[fault.kind];
  return change ? answerOf(change(flatten(answer), fault.amount)) : answer;
}

type Change = (flat: Flat, amount: number) => Flat;

const CHANGES: Readonly<Record<string, Change>> = {
  'header-alone': (flat) => ({ ...flat, rows: [] }),
  'fewer-columns': (flat) => pick(flat, (header) => !/(^|\/)(id|name)$/.test(header)),
  'shuffled-columns': ({ headers, types, rows }) => ({
    headers: headers.toReversed(),
    types: types.toReversed(),
    rows: rows.map((row) => row.toReversed()),
  }),
  'extra-columns': ({ headers, types, rows }) => ({
    headers: [...headers, 'undocumented_field'],
    types: [...types, 'string'],
    rows: rows.map((row) => [...row, 'new']),
  }),
  'rows-twice': (flat) => ({ ...flat, rows: flat.rows.flatMap((row) => [row, row]) }),
  'short-record': (flat) => atMiddle(flat, (row) => row.slice(0, -1)),
  'long-record': (flat) => atMiddle(flat, (row) => [...row, 'one too many']),
  'lacks-oldest': (flat, percent) => without(flat, 0, percent / 100),
  'lacks-newest': (flat, percent) => without(flat, 1 - percent / 100, percent / 100),
  'lacks-middle': (flat, percent) => without(flat, (1 - percent / 100) / 2, percent / 100),
};

function pick({ headers, types, rows }: Flat, isKept: (header: string) => boolean): Flat {
  const places = [...headers.keys()].filter((place) => isKept(headers[place]!));
  const of = <Item>(items: readonly Item[]) => places.map((place) => items[place]!);
  return { headers: of(headers), types: of(types), rows: rows.map(of) };
}

function atMiddle(flat: Flat, change: (row: readonly Cell[]) => readonly Cell[]): Flat {
  const middle = Math.floor((flat.rows.length - 1) / 2);
  return { ...flat, rows: flat.rows.map((row, at) => (at === middle ? change(row) : row)) };
}

/** Numbers of the rows from the oldest to the newest; by id where they have no time. */
function byAge({ headers, rows }: Flat): number[] {
  const time = headers.findIndex((header) => /(^|\/)(start_)?time$/.test(header));
  const place = time < 0 ? headers.findIndex((header) => /(^|\/)id$/.test(header)) : time;
  const keyOf = (row: number) => Number(rows[row]![place] ?? 0);
  return [...rows.keys()].sort((a, b) => (place < 0 ? a - b : keyOf(a) - keyOf(b) || a - b));
}

const only = (flat: Flat, numbers: readonly number[]) => {
  const kept = new Set(numbers);
  return flat.rows.filter((_, row) => kept.has(row));
};

/** The rows but for a share of them, at least one, that begins at a share of the way from the oldest to the newest. */
function without(flat: Flat, from: number, share: number): Flat {
  const ordered = byAge(flat);
  const count = Math.min(ordered.length, Math.max(1, Math.round(ordered.length * share)));
  const start = Math.min(Math.round(ordered.length * from), ordered.length - count);
  return { ...flat, rows: only(flat, ordered.toSpliced(start, count)) };
}

function keepSome(flat: Flat, { kind, amount }: Fault, statement: string): readonly (readonly Cell[])[] {
  const ordered = byAge(flat);
  if (kind === 'cap-oldest') return only(flat, ordered.slice(0, amount));
  if (kind === 'cap-newest') return only(flat, ordered.slice(-amount));
  const seed = [...statement].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) | 0, 7);
  const random = new Random(seed);
  const keyed = ordered.map((row) => ({ row, key: random.below(2 ** 31) })).sort((a, b) => a.key - b.key);
  return only(
    flat,
    keyed.slice(0, amount).map(({ row }) => row),
  );
}
