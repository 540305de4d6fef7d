import { randomBytes } from 'node:crypto';
import { type Client, escapeIdentifier, escapeLiteral } from 'pg';
import type { PortalMapping } from '../../core/portal-mapping.ts';

/** What one role needs to log in. */
export interface RoleLogin {
  readonly username: string;
  readonly password: string;
  readonly database: string;
}

/** The logins of the reference database: three of least privilege, and the owner of everything. */
export interface PortalRoles {
  readonly read: RoleLogin;
  readonly anonymize: RoleLogin;
  readonly verify: RoleLogin;
  readonly owner: RoleLogin;
}

/** Draws a password for each role. @param database the database that the three roles use */
export function drawRoles(database: string): PortalRoles {
  const login = (username: string): RoleLogin => ({
    username,
    password: randomBytes(18).toString('base64url'),
    database,
  });
  return {
    read: login('gdpr_read'),
    anonymize: login('gdpr_anonymize'),
    verify: login('gdpr_verify'),
    owner: login('portal_owner'),
  };
}

/**
 * Makes the three roles. `read` and `verify` may select; `anonymize` may also update the mapped columns, write the
 * ledger and refresh the derived views.
 */
export async function createRoles(owner: Client, roles: PortalRoles, mapping: PortalMapping): Promise<void> {
  for (const { username, password } of [roles.read, roles.anonymize, roles.verify]) {
    const role = escapeIdentifier(username);
    await owner.query(`
      CREATE ROLE ${role} LOGIN PASSWORD ${escapeLiteral(password)};
      GRANT USAGE ON SCHEMA portal, gdpr TO ${role};
      GRANT SELECT ON ALL TABLES IN SCHEMA portal, gdpr TO ${role};
      ALTER DEFAULT PRIVILEGES IN SCHEMA portal GRANT SELECT ON TABLES TO ${role}`);
  }
  const anonymize = escapeIdentifier(roles.anonymize.username);
  await owner.query(`GRANT INSERT, UPDATE ON ${qualified(mapping.ledger)} TO ${anonymize}`);
  for (const { table, names, coIdentifiers, freeText, json, arrays } of mapping.tables) {
    const columns = [...[...names, ...coIdentifiers].map(({ column }) => column), ...freeText, ...json, ...arrays];
    const list = [...new Set(columns)].map(escapeIdentifier).join(', ');
    await owner.query(`GRANT UPDATE (${list}) ON ${qualified(table)} TO ${anonymize}`);
  }
  for (const view of mapping.derived) await owner.query(`GRANT MAINTAIN ON ${qualified(view)} TO ${anonymize}`);
}

const qualified = (name: string) => name.split('.').map(escapeIdentifier).join('.');
