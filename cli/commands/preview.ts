import type { PreviewView } from '../../modules/lifecycle/preview-view.ts';
import type { RequestKind } from '../../modules/requests/subject.ts';
import { COMMON, LOCAL, LOGIN, parseArguments, SUBJECT, subjectOf } from '../arguments.ts';
import { withConnection } from '../connection.ts';
import { print, printJson } from '../output.ts';
import { printable } from '../source-states.ts';

const OPTIONS = { ...COMMON, ...LOGIN, ...LOCAL, ...SUBJECT, retrieve: { type: 'boolean' } } as const;

/** `gdpr preview`: what the Portal holds under a name, before anything starts (R14). */
export async function preview(args: readonly string[], signal: AbortSignal): Promise<number> {
  const { given } = parseArguments(args, OPTIONS);
  const subject = subjectOf(given);
  const kind: RequestKind = given.retrieve ? 'retrieve' : 'anonymize';
  return withConnection(given, signal, async ({ api, login }) => {
    const view = await api.preview({ kind, subject, login: await login() }, signal);
    if (given.json) printJson(view);
    else for (const line of previewLines(view)) print(printable(line));
    return 0;
  });
}

/** A preview in words. */
export function previewLines(view: PreviewView): string[] {
  const count = (number: number) => number.toLocaleString('en');
  const tables = view.tables.filter(({ rows, suspected }) => rows > 0 || suspected > 0);
  const listed = (title: string, items: readonly string[]) =>
    items.length === 0 ? [] : [title, ...items.map((item) => `  ${item}`)];
  return [
    `${count(view.rows)} rows of the Portal hold this ${view.subjectKind}.`,
    ...tables.map(
      ({ table, rows, exact, tokens, suspected }) =>
        `  ${table}  ${count(rows)} rows: ${count(exact)} names, ${count(tokens)} mentions; ${count(suspected)} others look alike`,
    ),
    ...listed('Written as:', view.spellings),
    ...listed('Look alike, and are never changed:', view.nearNames),
    ...listed(
      'Hold the name though the mapping says that they name nobody (an anonymization would refuse):',
      view.unmapped,
    ),
    ...listed('A login account of the Portal has this name; it is not changed:', view.accounts),
    ...listed('Out of reach of an UPDATE:', view.outOfReach),
    ...(view.notBefore ? [`An anonymization can start from ${view.notBefore}: the Portal has its nightly jobs.`] : []),
  ];
}
