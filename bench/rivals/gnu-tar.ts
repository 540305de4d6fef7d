import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { measured } from '../measured.ts';

/** `tar czf` over the CSV files. Linux counts the CPU of tar and its gzip as that of this process' ended children. */
const [folder = ''] = process.argv.slice(2);
const archive = join(folder, 'gnu-tar.tar.gz');

/** User and system time of children that have ended, seconds. */
const ofChildren = (): number => {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100;
};

await measured(async () => {
  const { status } = spawnSync('tar', ['-czf', archive, '-C', join(folder, 'csv'), 'engines'], { stdio: 'inherit' });
  if (status !== 0) throw new Error('tar failed');
  return { archiveBytes: statSync(archive).size, processCpuSeconds: ofChildren() };
});
rmSync(archive);
