import { rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { PortalDatabaseServer } from '../../local/portal-database/portal-database.ts';
import { runAs } from './portal.ts';

/**
 * Leaves an empty table without room: its file becomes the device that refuses every byte as a full disk does (ENOSPC).
 * @returns `makeRoom` puts its own file back
 */
export async function fullDisk(
  server: PortalDatabaseServer,
  table: string,
): Promise<{ readonly makeRoom: () => Promise<void> }> {
  await runAs(server, 'owner', 'CHECKPOINT');
  const [found] = await runAs(
    server,
    'owner',
    "SELECT current_setting('data_directory') AS folder, pg_relation_filepath($1::text::regclass) AS file",
    [table],
  );
  const file = join(found!.folder!, found!.file!);
  await rename(file, `${file}.aside`);
  await symlink('/dev/full', file);
  return {
    async makeRoom() {
      await rm(file);
      await rename(`${file}.aside`, file);
    },
  };
}
