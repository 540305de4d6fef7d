import { randomBytes } from 'node:crypto';
import { type Client, escapeIdentifier, escapeLiteral } from 'pg';
import type { PortalMapping } from '../../modules/portal/mapping/mapping.ts';
import { rolesScript } from '../portal-setup/roles-script.ts';

/** What one role needs to log in. */
export interface RoleLogin {
  readonly username: string;
  readonly password: string;
  readonly database: string;
  /** CA of the server's certificate, PEM. */
  readonly ca?: string | undefined;
}

/** The logins of the reference database: four of least privilege, and the owner of everything. */
export interface PortalRoles {
  readonly read: RoleLogin;
  readonly anonymize: RoleLogin;
  readonly verify: RoleLogin;
  readonly maintain: RoleLogin;
  readonly owner: RoleLogin;
}

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

/** Makes the four roles by the script that an operator runs, and gives them passwords. */
export async function createRoles(owner: Client, roles: PortalRoles, mapping: PortalMapping): Promise<void> {
  await owner.query(rolesScript(mapping, ['portal']));
  for (const { username, password } of [roles.read, roles.anonymize, roles.verify, roles.maintain])
    await owner.query(`ALTER ROLE ${escapeIdentifier(username)} PASSWORD ${escapeLiteral(password)}`);
}
