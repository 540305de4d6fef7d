import { parseArgs } from 'node:util';
import { BENCHMARKS, type Benchmark } from './benchmarks.ts';

/** What the command line asks for. `names` are benchmarks in the order in which they run. */
export type Command =
  | { readonly kind: 'run'; readonly names: readonly string[]; readonly isQuick: boolean }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'refused'; readonly text: string };

/** Reads the arguments after `npm run bench --`. */
export function readCommand(args: readonly string[]): Command {
  const options = { quick: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;
  let values: { quick?: boolean; help?: boolean };
  let names: string[];
  try {
    ({ values, positionals: names } = parseArgs({ args: [...args], options, allowPositionals: true }));
  } catch (error) {
    return { kind: 'refused', text: `${(error as Error).message}\n\n${overview()}` };
  }
  const unknown = names.filter((name) => name !== 'all' && !Object.hasOwn(BENCHMARKS, name));
  if (unknown.length > 0) {
    const known = [...Object.keys(BENCHMARKS), 'all'].join(', ');
    return { kind: 'refused', text: `There is no benchmark ${unknown.join(', ')}. Choose from ${known}.\n` };
  }
  if (names.length === 0) return { kind: 'help', text: overview() };
  const chosen = Object.keys(BENCHMARKS).filter((name) => names.includes('all') || names.includes(name));
  if (values.help) return { kind: 'help', text: chosen.map((name) => detailsOf(name, BENCHMARKS[name]!)).join('\n') };
  return { kind: 'run', names: chosen, isQuick: values.quick ?? false };
}

const minutesOf = ({ minutes }: Benchmark) => `${minutes.full} min, quick ${minutes.quick} min`;

function overview(): string {
  const lines = Object.entries(BENCHMARKS).map(
    ([name, benchmark]) => `  ${name.padEnd(8)}${benchmark.compares}\n${' '.repeat(10)}(${minutesOf(benchmark)})`,
  );
  return `Usage: npm run bench -- NAME... [--quick] [--help]

Measures and compares with a rival or a limit:
${lines.join('\n')}
  all     all of them, one after the other

  --quick   the same rivals, smaller sizes and fewer runs
  --help    with a NAME: what it measures and which files it writes

Times are for two cores without other work.
`;
}

function detailsOf(name: string, benchmark: Benchmark): string {
  const files = benchmark.tables.map((table) => `bench/results/${table}.json`).join(', ');
  const programs = Object.keys(benchmark.programs).join(', ');
  return `npm run bench -- ${name} [--quick]

  Compares   ${benchmark.compares}
  Takes      ${minutesOf(benchmark)}
  Writes     ${files}
             (with --quick: NAME.quick.json)
  Needs      ${programs || 'nothing besides the npm packages'}
`;
}
