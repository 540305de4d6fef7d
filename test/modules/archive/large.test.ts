import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FragmentEncoder } from '../../../modules/archive/fragment.ts';
import { type ArchiveFragment, layOut } from '../../../modules/archive/layout.ts';
import { uploadPartsOf } from '../../../modules/archive/upload-parts.ts';
import { FolderStore } from '../../support/folder-store.ts';
import { incompressible } from '../../support/stored-parts.ts';

const DEEP = process.env.GDPR_TEST_DEEP === '1';
const MIB = 1024 * 1024;
const KEY = 'gdpr-data.tar.gz';
/** 64 MiB of one CSV row over and over, 129 times: 8.06 GiB. */
const REPEATED = 129;
const ROW = Buffer.from('engine-1,windows,2026-11-23T08:00:00Z,nothing of anybody,4711\r\n');

describe('an archive beyond 4 GiB with an entry beyond 8 GiB', () => {
  let folder: string;
  let store: FolderStore;
  let files: { name: string; head: Buffer; fragments: ArchiveFragment[] }[];
  const sizeOf = (name: string) => {
    const { head, fragments } = files.find((file) => file.name === name)!;
    return fragments.reduce((sum, { rawBytes }) => sum + rawBytes, head.length);
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'large-'));
    store = new FolderStore(folder);
    const encode = async (raw: Buffer): Promise<ArchiveFragment> => {
      const encoder = new FragmentEncoder(6);
      await encoder.write(raw);
      const { bytes, figures } = await encoder.end();
      encoder.close();
      const sink = await store.openSink();
      await sink.write(bytes);
      const partETag = await sink.close();
      const facts = { file: '', columns: [], partKey: sink.partKey, partETag, offset: 0, rows: 1, rowsPerDay: {} };
      return { ...facts, ...figures };
    };
    const rows = await encode(Buffer.alloc(64 * MIB, ROW));
    const noise = await encode(incompressible(12 * MIB));
    files = [
      { name: 'manifest.json', head: Buffer.from('{}\n'), fragments: [] },
      {
        name: 'engines/connections.csv',
        head: Buffer.from('a\r\n'),
        fragments: [...Array(REPEATED).fill(rows), noise],
      },
      { name: 'engines/executions.csv', head: Buffer.from('b\r\n'), fragments: [noise] },
    ];
    const { segments, byteLength, crc32 } = layOut(files, 1_700_000_000);
    await store.stitch(KEY, { parts: uploadPartsOf(segments), byteLength, crc32 }, async () => {});
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(['tar', 'bsdtar'])('lists and verifies with %s (decision 7, R9)', { timeout: 300_000 }, async (reader) => {
    expect(sizeOf('engines/connections.csv')).toBeGreaterThan(8 * 1024 ** 3);
    const unpacked = reader === 'tar' && !DEEP;

    const listing = await feed(
      spawn(reader, [unpacked ? '-tvf' : '-tvzf', '-'], { env: { ...process.env, LC_ALL: 'C' } }),
      unpacked,
    );

    for (const { name } of files) expect(listing).toMatch(new RegExp(` ${sizeOf(name)} .* ${name}\n`));
  });

  /**
   * Gives the archive to a program. @returns what it prints; it fails unless the program accepts all of it
   * @param unpacked by zlib, which verifies checksum and length of the gzip member as gzip does, in a fraction of its time
   */
  async function feed(program: ChildProcessWithoutNullStreams, unpacked: boolean): Promise<string> {
    let [output, errors] = ['', ''];
    program.stdout.on('data', (text) => {
      output += text;
    });
    program.stderr.on('data', (text) => {
      errors += text;
    });
    const ended = new Promise<number | null>((done) => program.once('close', done));
    const archive = Readable.from(store.read(KEY));
    if (unpacked) await pipeline(archive, createGunzip({ chunkSize: MIB }), program.stdin);
    else await pipeline(archive, program.stdin);
    expect(await ended, errors).toBe(0);
    return output;
  }
});
