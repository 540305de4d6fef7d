import { readFileSync } from 'node:fs';
import type { MappingProposal, ReviewedColumn } from './propose-mapping.ts';

const MAX_LISTED = 12;

const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`).replace(/[\p{Cc}\p{Cf}]/gu, '·');
const row = (cells: readonly string[]): string =>
  `<tr>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`;
const few = (names: readonly string[]): string =>
  names.slice(0, MAX_LISTED).join(', ') + (names.length > MAX_LISTED ? ` and ${names.length - MAX_LISTED} more` : '');

/**
 * One file that a browser shows without a network: decisions, evidence, and the shape of a value of each column.
 * @param showsValues with values themselves, which may be personal data
 */
export function reviewPage({ mapping, decisions, columns }: MappingProposal, showsValues: boolean): string {
  const families = [...Map.groupBy(columns, ({ tables }) => tables[0]!).values()];
  const values: Record<string, string> = {
    summary: `${mapping.tables.length} tables to be searched, ${families.length} kinds of tables, ${decisions.length} decisions.`,
    examples: showsValues
      ? 'This page shows values of the database: it holds personal data.'
      : 'Letters and digits of values are masked.',
    decisions: decisions
      .map(({ question, proposed, evidence, columns: listed }) => row([question, proposed, evidence, few(listed)]))
      .join('\n'),
    identity: (mapping.identity ?? [])
      .map(({ table, key, columns: kinds, via, links }) => {
        const named = Object.entries(kinds).map(([kind, column]) => `${kind}: ${column}`);
        const further = via.map(({ steps }) => steps.map((step) => step.table).join(' > '));
        return row([`${table} (${key})`, named.join(', '), few(further), few(links.map((link) => link.table))]);
      })
      .join('\n'),
    tables: families.map((family) => familyTable(family, showsValues)).join('\n'),
  };
  const template = readFileSync(new URL('review.html', import.meta.url), 'utf8');
  return template.replace(/\{\{([a-z]+)\}\}/g, (_, name: string) => values[name]!);
}

function familyTable(columns: readonly ReviewedColumn[], showsValues: boolean): string {
  const lines = columns.map(({ column, type, role, why, ask, example, masked }) =>
    row([column, type, role, ask ? `${why}. ${ask}` : why, (showsValues ? example : masked) ?? '']),
  );
  const { tables } = columns[0]!;
  const heads = ['Column', 'Type', 'Proposed', 'Evidence', 'A value'].map((head) => `<th>${head}</th>`).join('');
  return `<details><summary><code>${escaped(few(tables))}</code></summary>
<table><thead><tr>${heads}</tr></thead><tbody>${lines.join('\n')}</tbody></table></details>`;
}
