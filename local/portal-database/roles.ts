import { randomBytes } from 'node:crypto';
import { type Client, escapeIdentifier, escapeLiteral } from 'pg';
import type { PortalMapping } from '../../modules/portal/mapping/mapping.ts';

/** What one role needs to log in. */
export interface RoleLogin {
  readonly username: string;
  readonly password: string;
  readonly database: string;
}

/** The logins of the reference database: four of least privilege, and the owner of everything. */
export interface PortalRoles {
  readonly read: RoleLogin;
  readonly anonymize: RoleLogin;
  readonly verify: RoleLogin;
  readonly maintain: RoleLogin;
  readonly owner: RoleLogin;
}

/** Keeps statements, parameters and the values in error details out of the server's log, whatever it is set to log. */
const SILENT = [
  "log_statement = 'none'",
  "log_min_error_statement = 'panic'",
  'log_min_duration_statement = -1',
  'log_min_duration_sample = -1',
  "log_min_messages = 'panic'",
  'log_transaction_sample_rate = 0',
  'log_duration = off',
  'log_parameter_max_length = 0',
  'log_parameter_max_length_on_error = 0',
  "log_error_verbosity = 'terse'",
  'log_lock_waits = off',
  'log_temp_files = -1',
  'debug_print_parse = off',
  'debug_print_rewritten = off',
  'debug_print_plan = off',
];

/** Draws a password for each role. @param database the database that the four roles use */
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
    maintain: login('gdpr_maintain'),
    owner: login('portal_owner'),
  };
}

/**
 * Makes the four roles. `read` and `verify` may select; `anonymize` may also update the mapped columns, write the
 * ledger and refresh the derived views; `maintain` may VACUUM and ANALYZE. What they do stays out of the server's log
 * (R24). docs/portal-roles.sql has the same for a real Portal.
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
  const maintain = escapeIdentifier(roles.maintain.username);
  await owner.query(`
    CREATE ROLE ${maintain} LOGIN PASSWORD ${escapeLiteral(roles.maintain.password)};
    GRANT USAGE ON SCHEMA portal TO ${maintain};
    GRANT MAINTAIN ON ALL TABLES IN SCHEMA portal TO ${maintain};
    ALTER DEFAULT PRIVILEGES IN SCHEMA portal GRANT MAINTAIN ON TABLES TO ${maintain}`);
  for (const { username } of [roles.read, roles.anonymize, roles.verify, roles.maintain]) {
    for (const setting of SILENT) await owner.query(`ALTER ROLE ${escapeIdentifier(username)} SET ${setting}`);
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
