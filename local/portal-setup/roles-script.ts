import { readFileSync } from 'node:fs';
import { escapeIdentifier } from 'pg';
import { type PortalConnectionSource, withTransaction } from '../../modules/portal/database/connection.ts';
import { qualified } from '../../modules/portal/database/sql.ts';
import type { PortalCatalog } from '../../modules/portal/mapping/catalog.ts';
import { mappedColumns, type PortalMapping } from '../../modules/portal/mapping/mapping.ts';
import { readCatalog, TRANSACTION } from '../../modules/portal/mapping/read-catalog.ts';

/**
 * SQL that makes the four roles with the rights that a mapping needs and no others. It may be run again.
 * @param schemas all that hold tables
 */
export function rolesScript({ tables, derived, ledger }: PortalMapping, schemas: readonly string[]): string {
  const listed = (names: readonly string[]) => [...new Set(names)].sort().map(escapeIdentifier).join(', ');
  const ours = ledger.split('.')[0]!;
  const changes = tables.map((table) => {
    const columns = mappedColumns(table).map(escapeIdentifier).join(', ');
    return `GRANT UPDATE (${columns}) ON ${qualified(table.table)} TO gdpr_anonymize;`;
  });
  const values: Record<string, string> = {
    ledger: qualified(ledger),
    'ledger schema': escapeIdentifier(ours),
    schemas: listed([...schemas, ours]),
    'data schemas': listed(schemas.filter((schema) => schema !== ours)),
    changes: changes.join('\n'),
    refreshes: derived.map((view) => `GRANT MAINTAIN ON ${qualified(view)} TO gdpr_anonymize;`).join('\n    '),
  };
  const template = readFileSync(new URL('portal-roles.sql', import.meta.url), 'utf8');
  return template.replace(/\{\{([a-z ]+)\}\}/g, (_, name: string) => values[name]!);
}

/** Every schema that holds tables. */
export const schemasOf = ({ columns }: Pick<PortalCatalog, 'columns'>): string[] => [
  ...new Set(columns.map(({ table }) => table.split('.')[0]!)),
];

export const readSchemas = (source: PortalConnectionSource): Promise<string[]> =>
  withTransaction(source, TRANSACTION, async (transaction) => schemasOf(await readCatalog(transaction)));
