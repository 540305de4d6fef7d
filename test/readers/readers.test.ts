/** One archive, opened to the same bytes by the readers that people have. All of them: test/readers/install.sh */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LoopbackServer, listenOnLoopback } from '../../local/aws/loopback.ts';
import { type ArchiveFile, layOut } from '../../modules/archive/layout.ts';
import { uploadPartsOf } from '../../modules/archive/upload-parts.ts';
import { launchBrowser } from '../support/browser.ts';
import { FolderStore } from '../support/folder-store.ts';
import { contentsOf, filesOf, incompressible, type Source, storeParts } from '../support/stored-parts.ts';
import { DOWNLOADERS, INFLATERS, present, type Reader, UNPACKERS } from './readers.ts';

const text = (line: string, times: number) => Buffer.from(line.repeat(times));
/** Fragments of every size, 700 of them in one file; a file whose size is a multiple of 512; an empty source. */
const SOURCES: readonly Source[] = [
  Array.from({ length: 700 }, (_, i) => ({ file: 'engines/many.csv', raw: text(`${i},x\r\n`, (i % 7) + 1) })),
  [{ file: 'engines/block.csv', raw: text('1234567890', 102) }],
  [
    {
      file: 'engines/long.csv',
      raw: Buffer.concat([incompressible(12 << 20), text('engine,windows,4711\r\n', 400_000)]),
    },
  ],
  [],
  [{ file: `portal/${'n'.repeat(89)}.csv`, raw: text('metric,1\r\n', 3) }],
];
const EMPTY: ArchiveFile = { name: 'engines/empty.csv', head: Buffer.from('engine,platform\r\n'), fragments: [] };

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('the archive is read whole (R9, decision 7)', () => {
  let folder: string;
  let archive: string;
  let expected: Record<string, string>;
  let tarSha256: string;
  let server: LoopbackServer;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'readers-'));
    archive = join(folder, 'gdpr-data.tar.gz');
    const store = new FolderStore(join(folder, 'store'));
    const files = [EMPTY, ...filesOf(await storeParts(store, SOURCES))];
    const { segments, byteLength, crc32 } = layOut(files, 1_700_000_000);
    await store.stitch('archive', { parts: uploadPartsOf(segments), byteLength, crc32 }, async () => {});
    await writeFile(archive, store.read('archive'));
    expected = { [EMPTY.name]: sha256(EMPTY.head) };
    for (const [file, bytes] of Object.entries(contentsOf(SOURCES))) expected[file] = sha256(bytes);
    tarSha256 = sha256(gunzipSync(await readFile(archive)));
    server = await listenOnLoopback((request, response) => {
      if (request.url === '/') return response.setHeader('content-type', 'text/html').end('<title>Reader</title>');
      if (request.url === '/encoded') response.setHeader('content-encoding', 'gzip');
      return createReadStream(archive).pipe(response);
    });
  });
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('by at least eleven readers on any machine that runs the tests', () => {
    const all = [...UNPACKERS, ...INFLATERS, ...DOWNLOADERS];
    expect(present(all).length).toBeGreaterThanOrEqual(process.env.GDPR_READERS === 'all' ? all.length : 11);
  });

  it.each(present(UNPACKERS))('by $name', async (reader) => {
    const into = join(folder, 'unpacked', reader.name.replaceAll('|', '-'));
    await mkdir(into, { recursive: true });
    await read(reader, into);
    expect(await hashesBelow(into)).toEqual(expected);
  });

  it.each(present([...INFLATERS, ...DOWNLOADERS]))('by $name', async (reader) => {
    expect(await read(reader, folder)).toBe(tarSha256);
  });

  it('by the DecompressionStream of a browser', async () => {
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
      await page.goto(`${server.url}/`);
      const hash = await page.evaluate(async () => {
        const response = await fetch('/plain');
        const inflated = response.body!.pipeThrough(new DecompressionStream('gzip'));
        const digest = await crypto.subtle.digest('SHA-256', await new Response(inflated).arrayBuffer());
        return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
      });
      expect(hash).toBe(tarSha256);
    } finally {
      await browser.close();
    }
  });

  /** @returns SHA-256 of what the reader prints */
  async function read({ program, args }: Reader, cwd: string): Promise<string> {
    const filled = args.map((arg) => arg.replace('$ARCHIVE', archive).replace('$URL', `${server.url}/encoded`));
    const child = spawn(program, filled, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const hash = createHash('sha256');
    let errors = '';
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    child.stdout.on('data', (chunk: Buffer) => hash.update(chunk));
    const code = await new Promise((done, fail) => child.once('error', fail).once('close', done));
    expect(code, errors).toBe(0);
    return hash.digest('hex');
  }
});

async function hashesBelow(folder: string): Promise<Record<string, string>> {
  const found = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const hashes: Record<string, string> = {};
  for (const { parentPath, name } of found) {
    const path = join(parentPath, name);
    hashes[relative(folder, path)] = sha256(await readFile(path));
  }
  return hashes;
}
