import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { ArchiveDamagedError } from '../../../modules/archive/errors.ts';
import { type Manifest, parseManifest } from '../../../modules/archive/manifest.ts';
import { verifyArchive } from '../../../modules/archive/verify-archive.ts';
import { csvRecord } from '../../../modules/rows/csv.ts';
import { archiveOf } from '../../support/stitch.ts';
import { CANARY, parsed, type Target, tried } from '../target.ts';

const columns = ['engine', 'platform', 'note'];
const archive = await archiveOf(
  [
    { source: 'e1', file: 'engines/a.csv', columns, rows: [['e1', 'windows', `two\r\nlines, "${CANARY}"`]] },
    { source: 'e1', file: 'engines/b.csv', columns, rows: [] },
    {
      source: 'e2',
      file: 'engines/a.csv',
      columns,
      rows: Array.from({ length: 9 }, (_, at) => ['e2', 'windows', `${CANARY} ${at}`]),
    },
  ],
  ['e3'],
);
const tar = gunzipSync(archive);
const BLOCK = 512;
/** Numbers of a tar header are octal; this is where they stand. */
const SIZE = [124, 136] as const;

/** Files of a tar, by reading it plainly: name, then contents. */
function filesIn(bytes: Buffer): [string, Buffer][] {
  const files: [string, Buffer][] = [];
  for (let at = 0; at < bytes.length && bytes[at] !== 0; ) {
    const name = bytes.toString('utf8', at, at + 100).replace(/\0.*$/s, '');
    const size = Number.parseInt(bytes.toString('latin1', at + SIZE[0], at + SIZE[1]), 8);
    files.push([name, bytes.subarray(at + BLOCK, at + BLOCK + size)]);
    at += BLOCK * (1 + Math.ceil(size / BLOCK));
  }
  return files;
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** What the manifest of a sound archive promises, looked at a second time by other code. */
function isSound(files: readonly [string, Buffer][]): void {
  const [[first, text], ...rest] = files as [[string, Buffer], ...[string, Buffer][]];
  expect(first).toBe('manifest.json');
  const manifest: Manifest = parseManifest(text.toString());
  const names = [...manifest.documents, ...manifest.files].map(({ name }) => name);
  expect(rest.map(([name]) => name)).toEqual(names);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^(?!.*\.\.)(?![/\\])[^\\:\p{C}]+$/u); // who unpacks it stays in the folder
  const byName = new Map(rest);
  for (const { name, sha256: hash, rawBytes } of manifest.documents) {
    expect([sha256(byName.get(name)!), byName.get(name)!.length]).toEqual([hash, rawBytes]);
  }
  for (const file of manifest.files) {
    const bytes = byName.get(file.name)!;
    let at = Buffer.byteLength(csvRecord(file.columns, false));
    expect(bytes.toString('utf8', 0, at)).toBe(csvRecord(file.columns, false));
    for (const { rawOffset, rawBytes, sha256: hash } of file.fragments) {
      expect(rawOffset).toBe(at);
      expect(sha256(bytes.subarray(at, at + rawBytes))).toBe(hash);
      at += rawBytes;
    }
    expect(at).toBe(bytes.length);
  }
}

const pieces = (bytes: Buffer): Readable =>
  Readable.from(
    Array.from({ length: Math.ceil(bytes.length / 700) }, (_, at) => bytes.subarray(at * 700, at * 700 + 700)),
  );

async function verified(bytes: Buffer): Promise<boolean> {
  const outcome = await tried(() => verifyArchive(pieces(bytes)), ArchiveDamagedError);
  if (outcome) isSound(filesIn(gunzipSync(bytes)));
  return outcome !== undefined;
}

const whole: Target = { name: 'archive', samples: [archive], runs: 150, run: verified };

const unpacked: Target = {
  name: 'archive-tar',
  samples: [tar],
  words: ['manifest.json', 'README.txt', '../', 'ustar', '\0'.repeat(BLOCK), '0000000'],
  runs: 100,
  run: (input) => verified(gzipSync(input, { level: 1 })),
};

const [[, manifestBytes], ...others] = filesIn(tar) as [[string, Buffer], ...[string, Buffer][]];
const firstHeader = tar.subarray(0, BLOCK);

/** A tar header like the first one, of another name and size. */
function headerOf(name: string, size: number): Buffer {
  const header = Buffer.from(firstHeader);
  header.fill(0, 0, 100).write(name.slice(0, 99), 0);
  header.write(`${size.toString(8).padStart(11, '0')}\0`, SIZE[0], 'latin1');
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

const padded = (bytes: Buffer): Buffer =>
  Buffer.concat([bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)]);

/** Names as the manifest gives them, so that a changed one is in the tar, too. */
const namesIn = (input: Buffer): readonly string[] => {
  try {
    const { documents, files } = parseManifest(input.toString());
    return [...documents, ...files].map(({ name }) => name);
  } catch {
    return [];
  }
};

const manifest: Target = {
  name: 'manifest',
  samples: [manifestBytes],
  words: [
    '"../../x"',
    '"/etc/x"',
    '"a:b"',
    '"C:\\\\x"',
    '"rows"',
    '"fragments"',
    '"complete"',
    '"name"',
    '"\\u001b[2J"',
  ],
  runs: 80,
  async run(input) {
    const names = namesIn(input);
    const files = others.map(([name, bytes], at) => [headerOf(names[at] ?? name, bytes.length), padded(bytes)]);
    const bytes = [headerOf('manifest.json', input.length), padded(input), ...files.flat(), Buffer.alloc(2 * BLOCK)];
    const read = parsed(() => parseManifest(input.toString()));
    if (read) expect(parseManifest(JSON.stringify(read.result))).toEqual(read.result);
    return await verified(gzipSync(Buffer.concat(bytes), { level: 1 }));
  },
};

export const ARCHIVE_TARGETS: readonly Target[] = [whole, unpacked, manifest];
