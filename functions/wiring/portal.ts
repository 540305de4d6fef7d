import type { PortalConnectionSource } from '../../modules/portal/database/connection.ts';
import { refuseUnfitMapping } from '../../modules/portal/mapping/live-check.ts';
import { PortalMapping } from '../../modules/portal/mapping/mapping.ts';
import { PortalConnection } from '../../modules/portal/settings.ts';
import { check } from './environment.ts';
import { settingsDocument } from './objects.ts';
import { readChecked } from './secrets.ts';

/** The approved mapping of the Portal database (docs/portal-mapping.md). */
export const portalMapping = async (): Promise<PortalMapping> =>
  check(PortalMapping, 'portal-mapping.json', await settingsDocument('portal-mapping.json'));

/** The same mapping, checked against the live schema as this role sees it. @throws {PortalMappingError} it does not fit */
export async function fittingPortalMapping(role: PortalConnectionSource): Promise<PortalMapping> {
  const mapping = await portalMapping();
  await refuseUnfitMapping(role, mapping);
  return mapping;
}

/** The connection of one role to the Portal database. Its secret is read at each use, so that a new password works at once. */
export const portalRole =
  (secretId: string): PortalConnectionSource =>
  async () =>
    readChecked(PortalConnection, 'secret of the Portal database', secretId);
