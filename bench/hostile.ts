import { optionsOf } from '../modules/engines/adapters/error-page.ts';
import { countInCells } from '../modules/portal/names/count-names.ts';
import { textReplacer } from '../modules/portal/names/in-text.ts';
import { xmlReplacer } from '../modules/portal/names/in-xml.ts';
import { editJson } from '../modules/portal/names/json-text.ts';
import { judgeOf } from '../modules/portal/names/name-judge.ts';
import { borrowKernel, returnKernel } from '../modules/rows/row-kernel.ts';
import { TsvReader } from '../modules/rows/tsv.ts';
import { atMost, type Report, type Results } from './report.ts';

const MB = { full: 10, quick: 2 };
const MAX_SECONDS = 2;
const TIMES = 3;

const judge = judgeOf({ kind: 'user', name: 'jdoe' });
const inText = textReplacer(judge.matcher, 'anon');
const inXml = xmlReplacer(judge.matcher, 'anon');

interface Input {
  readonly parser: string;
  readonly what: string;
  readonly text: (bytes: number) => string;
  readonly parse: (text: string) => unknown;
}

const repeated = (piece: string) => (bytes: number) => piece.repeat(bytes / piece.length);
const within = (start: string, piece: string, end: string) => (bytes: number) => start + repeated(piece)(bytes) + end;

/** The worst inputs that are known for each parser of bytes that others write. */
const INPUTS: readonly Input[] = [
  { parser: 'error page', what: 'tags that never end', text: repeated('<a id=error_options '), parse: optionsOf },
  { parser: 'error page', what: 'items', text: within('<ul id=error_options>', '<li><', ''), parse: optionsOf },
  { parser: 'TSV', what: 'an open quote, 100 bytes at a time', text: within('a\tb\n"', 'a\n', ''), parse: readTsv },
  { parser: 'TSV', what: 'quotes, 100 bytes at a time', text: repeated('"""\t"\n'), parse: readTsv },
  { parser: 'name in text', what: 'backslashes', text: repeated('\\'), parse: inText },
  { parser: 'name in text', what: 'escaped names', text: repeated('\\u006adoe '), parse: inText },
  {
    parser: 'name in text',
    what: 'JSON, 5,000 levels',
    text: within('['.repeat(5000), '"\\n",', `1${']'.repeat(5000)}`),
    parse: inText,
  },
  { parser: 'name in XML', what: 'references', text: repeated('&#x6a;doe '), parse: inXml },
  {
    parser: 'JSON',
    what: 'escapes in one string',
    text: within('["', '\\n', '"]'),
    parse: (json) => editJson(json, (text) => text),
  },
  {
    parser: 'count in rows',
    what: 'backslashes',
    text: within('"', '\\\\', '"'),
    parse: (cell) => countInCells([cell], judge),
  },
];

function readTsv(text: string): void {
  const kernel = borrowKernel();
  const bytes = Buffer.from(text);
  const reader = new TsvReader(kernel);
  try {
    for (let at = 0; at < bytes.length; at += 100) for (const _ of reader.push(bytes.subarray(at, at + 100)));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // refused, which ends it
  } finally {
    returnKernel(kernel);
  }
}

/** Time that the parsers of foreign bytes take for the worst inputs, with a limit: they must be linear (docs/benchmarks.md). */
export async function benchHostile(results: Results, megabytes = results.isQuick ? MB.quick : MB.full): Promise<void> {
  const measured = INPUTS.map((input) => ({ input, seconds: secondsFor(input, megabytes * 1024 * 1024) }));
  const report: Report = {
    title: `Worst inputs for the parsers, ${megabytes} MB each`,
    table: measured.map(({ input: { parser, what }, seconds }) => ({ parser, what, seconds: Math.max(...seconds) })),
    bars: measured.map(({ input: { parser, what }, seconds }) => atMost(`${parser}, ${what}: s`, seconds, MAX_SECONDS)),
    needsFullSize: true,
    notes: [],
    data: measured.map(({ input: { parser, what }, seconds }) => ({ parser, what, seconds })),
  };
  results.publish('hostile', report);
}

function secondsFor({ text, parse }: Input, bytes: number): number[] {
  const input = text(bytes);
  return Array.from({ length: TIMES }, () => {
    const began = performance.now();
    parse(input);
    return Number(((performance.now() - began) / 1000).toFixed(2));
  });
}
