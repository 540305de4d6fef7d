import type { PreviewView } from '../../client/types.ts';
import type { ConnectionOptions } from '../connection.ts';
import { print, printJson } from '../output.ts';
import { printable } from '../states.ts';
import { type SubjectOptions, subjectOf, Verb } from '../verb.ts';

/** `gdpr preview`: what the Portal holds under a name, before anything starts (R14). */
export const preview = new Verb('preview', 'Show what the Portal holds under a name. Nothing starts.')
  .withSubject()
  .option('--retrieve', 'for a retrieval; default: what an anonymization would change')
  .withLogin()
  .withLocal()
  .example('gdpr preview --user jmeyer')
  .calls<ConnectionOptions & SubjectOptions & { retrieve?: true }>(
    async ({ connection: { api, signal, login }, retrieve, json, ...options }) => {
      const what = { kind: retrieve ? 'retrieve' : 'anonymize', subject: subjectOf(options) } as const;
      const view = await api.call('preview', { body: { ...what, login: await login() } }, signal);
      if (json) printJson(view);
      else for (const line of previewLines(view)) print(printable(line));
      return 0;
    },
  );

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
    ...listed('Spellings:', view.spellings),
    ...listed('Names that look alike and are never changed:', view.nearNames),
    ...listed(
      'Columns that hold the name although the mapping does not list them (an anonymization is refused):',
      view.unmapped,
    ),
    ...listed('Login accounts of the Portal with this name, which are never changed:', view.accounts),
    ...listed('Places that an UPDATE cannot reach:', view.outOfReach),
    ...(view.notBefore ? [`An anonymization can start from ${view.notBefore}: the Portal runs its nightly jobs.`] : []),
  ];
}
