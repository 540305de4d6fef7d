import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ColumnProposal } from './propose-column.ts';
import type { MappingProposal } from './propose-mapping.ts';
import { filled, rolesScript, schemasOf } from './roles-script.ts';

/** Writes mapping, review page and the script of the roles into a folder, for their owner alone. */
export async function writeProposal(folder: string, proposal: MappingProposal, showsValues: boolean): Promise<void> {
  const { mapping, catalog } = proposal;
  const files = {
    'mapping.json': JSON.stringify(mapping, null, 2),
    'review.html': reviewPage(proposal, showsValues),
    'portal-roles.sql': rolesScript(mapping, schemasOf(catalog)),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text, { mode: 0o600 });
}

const MAX_LISTED = 12;

const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`).replace(/[\p{Cc}\p{Cf}]/gu, '·');
const row = (...cells: string[]): string => `<tr>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`;
const few = (names: readonly string[]): string =>
  names.slice(0, MAX_LISTED).join(', ') + (names.length > MAX_LISTED ? ` and ${names.length - MAX_LISTED} more` : '');

/**
 * One file that a browser shows without a network: decisions, evidence, and the shape of a value of each column.
 * @param showsValues with values themselves, which may be personal data
 */
export function reviewPage({ mapping, columns }: MappingProposal, showsValues: boolean): string {
  const families = [...Map.groupBy(columns, ({ tables }) => tables).values()];
  const rows = {
    decisions: mapping.decisions.map((each) => row(each.question, each.proposed, each.evidence, few(each.columns))),
    identity: (mapping.identity ?? []).map(({ table, key, columns: kinds, via, links }) => {
      const named = Object.entries(kinds).map(([kind, column]) => `${kind}: ${column}`);
      const further = via.map(({ steps }) => steps.map((step) => step.table).join(' > '));
      return row(`${table} (${key})`, named.join(', '), few(further), few(links.map((link) => link.table)));
    }),
    tables: families.map((family) => familyTable(family, showsValues)),
  };
  return filled(new URL('review.html', import.meta.url), {
    summary: `${mapping.tables.length} tables to be searched, ${families.length} kinds of tables, ${mapping.decisions.length} decisions.`,
    examples: showsValues
      ? 'This page shows values of the database: it holds personal data.'
      : 'Letters and digits of values are masked.',
    ...Object.fromEntries(Object.entries(rows).map(([name, lines]) => [name, lines.join('\n')])),
  });
}

function familyTable(columns: readonly ColumnProposal[], showsValues: boolean): string {
  const lines = columns.map(({ column, type, role, why, ask, example = '' }) =>
    row(column, type, role, ask ? `${why}. ${ask}` : why, showsValues ? example : masked(example)),
  );
  return `<details><summary><code>${escaped(few(columns[0]!.tables))}</code></summary>
<table><thead><tr><th>Column</th><th>Type</th><th>Proposed</th><th>Evidence</th><th>A value</th></tr></thead>
<tbody>${lines.join('\n')}</tbody></table></details>`;
}

/** The shape of a value, without its letters and digits. */
const masked = (value: string): string =>
  value
    .slice(0, 60)
    .replace(/\p{L}/gu, 'x')
    .replace(/\p{N}/gu, '9')
    .replace(/[^\x20-\x7e]/g, '·');
