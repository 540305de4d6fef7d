import { createReadStream, createWriteStream, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import { measured } from '../measured.ts';

/** The ordinary way: every row through one process, tar-stream and gzip. The CSV files lie ready, which favours it. */
const [folder = '', level] = process.argv.slice(2);
const archive = join(folder, `ordinary-${level}.tar.gz`);

await measured(async () => {
  const tar = pack();
  const written = pipeline(tar, createGzip({ level: Number(level) }), createWriteStream(archive));
  const csv = join(folder, 'csv/engines');
  for (const name of readdirSync(csv).sort()) {
    const { size } = statSync(join(csv, name));
    await pipeline(createReadStream(join(csv, name)), tar.entry({ name: `engines/${name}`, size }));
  }
  tar.finalize();
  await written;
  const { user, system } = process.cpuUsage();
  return { archiveBytes: statSync(archive).size, processCpuSeconds: (user + system) / 1e6 };
});
rmSync(archive);
