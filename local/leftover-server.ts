import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { accountFor, reachableFolder } from './portal-database/postgres-binaries.ts';

/** Seconds that a fast shutdown may take before the server is told to end at once; it recovers at its next start. */
const PATIENCE_SECONDS = 10;

/**
 * Ends the Portal database that a killed system left running, which would keep the next one from starting.
 * @param portalDir the `dataDir` of `startPortalDatabase`
 */
export async function endLeftoverServer(portalDir: string): Promise<void> {
  const cluster = join(await reachableFolder(portalDir, accountFor()), 'cluster');
  const note = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number.parseInt(note, 10);
  if (!(await serves(pid, cluster))) return;
  process.kill(pid, 'SIGINT');
  for (let waited = 0; await serves(pid, cluster); waited += 0.05) {
    if (waited > PATIENCE_SECONDS) process.kill(pid, 'SIGQUIT');
    await sleep(50);
  }
}

/** True when the process lives and works on this cluster: its number may belong to another program by now. */
async function serves(pid: number, cluster: string): Promise<boolean> {
  if (!(pid > 0)) return false;
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return commandLine.split('\0').includes(cluster);
}
