import { createReadStream, createWriteStream, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { TarArchive } from 'archiver';
import { measured } from '../measured.ts';

/** The package `archiver`, a usual choice, on ready CSV files. It gets their sizes, so that it does not keep them in memory. */
const [folder = '', level] = process.argv.slice(2);
const archive = join(folder, `archiver-${level}.tar.gz`);

await measured(async () => {
  const tar = new TarArchive({ gzip: true, gzipOptions: { level: Number(level) } });
  const written = pipeline(tar, createWriteStream(archive));
  const csv = join(folder, 'csv/engines');
  for (const name of readdirSync(csv).sort()) {
    const path = join(csv, name);
    tar.append(createReadStream(path), { name: `engines/${name}`, stats: statSync(path) });
  }
  await Promise.all([tar.finalize(), written]);
  const { user, system } = process.cpuUsage();
  return { archiveBytes: statSync(archive).size, processCpuSeconds: (user + system) / 1e6 };
});
rmSync(archive);
