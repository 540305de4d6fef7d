import { readFileSync } from 'node:fs';
import { escapeIdentifier } from 'pg';
import { type PortalConnectionSource, withTransaction } from '../../modules/portal/database/connection.ts';
import { partsOf, qualified } from '../../modules/portal/database/sql.ts';
import type { PortalCatalog } from '../../modules/portal/mapping/catalog.ts';
import { mappedColumns, type PortalMapping } from '../../modules/portal/mapping/mapping.ts';
import { readCatalog, TRANSACTION } from '../../modules/portal/mapping/read-catalog.ts';

/** SQL that makes the four roles with no more rights than a mapping needs. It may be run again. @param schemas that hold tables */
export function rolesScript({ tables, derived, ledger }: PortalMapping, schemas: readonly string[]): string {
  const listed = (names: readonly string[]) => [...new Set(names)].sort().map(qualified).join(', ');
  const ours = partsOf(ledger)[0]!;
  const changes = tables.map((table) => {
    const columns = mappedColumns(table).map(escapeIdentifier).join(', ');
    return `GRANT UPDATE (${columns}) ON ${qualified(table.table)} TO gdpr_anonymize;`;
  });
  const values = {
    ledger: qualified(ledger),
    'ledger schema': qualified(ours),
    schemas: listed([...schemas, ours]),
    'data schemas': listed(schemas.filter((schema) => schema !== ours)),
    changes: changes.join('\n'),
    refreshes: derived.map((view) => `GRANT MAINTAIN ON ${qualified(view)} TO gdpr_anonymize;`).join('\n    '),
  };
  // A dollar quote that no name of the schema can end.
  const isTaken = (tag: string) => Object.values(values).some((text) => text.includes(`$${tag}`));
  const tag = Array.from({ length: 1e6 }, (_, at) => `do${at || ''}`).find((each) => !isTaken(each))!;
  return filled(new URL('portal-roles.sql', import.meta.url), { ...values, tag });
}

/** Every schema that holds tables. */
export const schemasOf = ({ columns }: PortalCatalog): string[] => [
  ...new Set(columns.map(({ table }) => partsOf(table)[0]!)),
];

export const readSchemas = (source: PortalConnectionSource): Promise<string[]> =>
  withTransaction(source, TRANSACTION, async (transaction) => schemasOf(await readCatalog(transaction)));

/** The text of a file, with values for its `{{names}}`. */
export const filled = (file: URL, values: Readonly<Record<string, string>>): string =>
  readFileSync(file, 'utf8').replace(/\{\{([a-z ]+)\}\}/g, (_, name: string) => values[name]!);
