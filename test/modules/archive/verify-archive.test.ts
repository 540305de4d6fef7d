import { Readable } from 'node:stream';
import { constants, crc32, deflateRawSync, gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ArchiveDamagedError } from '../../../modules/archive/errors.ts';
import { verifyArchive } from '../../../modules/archive/verify-archive.ts';
import { archiveOf, type SampleRows } from '../../support/stitch.ts';

const columns = ['engine', 'platform', 'note'];
const rows: SampleRows[] = [
  {
    source: 'e1',
    file: 'engines/a.csv',
    columns,
    rows: [
      ['e1', 'windows', 'two\r\nlines, "quoted"'],
      ['e1', 'mac_os', '-'],
    ],
  },
  { source: 'e1', file: 'engines/b.csv', columns, rows: [] },
  {
    source: 'e2',
    file: 'engines/a.csv',
    columns,
    rows: Array.from({ length: 40 }, (_, at) => ['e2', 'windows', `row ${at}`]),
  },
];
const archive = await archiveOf(rows, ['e3']);

/** In pieces of a few bytes, so that every border is crossed. */
const inPieces = (bytes: Buffer, size = 7) =>
  Readable.from(
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size)),
  );
const verify = (bytes: Buffer) => verifyArchive(inPieces(bytes, 4096));
const damage = async (bytes: Buffer): Promise<ArchiveDamagedError> => {
  const error: unknown = await verify(bytes).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ArchiveDamagedError);
  return error as ArchiveDamagedError;
};

/** The archive with some raw bytes changed and its gzip frame made good again. */
function withRaw(change: (tar: Buffer) => Buffer): Buffer {
  const tar = change(Buffer.from(gunzipSync(archive)));
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(tar), 0);
  trailer.writeUInt32LE(tar.length, 4);
  const deflated = deflateRawSync(tar, { finishFlush: constants.Z_FINISH });
  return Buffer.concat([archive.subarray(0, 10), deflated, trailer]);
}
const tar = gunzipSync(archive);
const at = (text: string, from = 0) => tar.indexOf(text, from);

describe('verifyArchive', () => {
  it('finds a sound archive sound, in whatever pieces it comes, and tells what it holds', async () => {
    const verified = await verifyArchive(inPieces(archive));
    expect(verified).toMatchObject({ files: 5, fragments: 2, rows: 42, complete: false, byteLength: archive.length });
  });

  it('finds every flipped bit that changes anything, wherever it lies', async () => {
    const unseen: number[] = [];
    for (let bit = 0; bit < archive.length * 8; bit += process.env.GDPR_TEST_DEEP ? 1 : 31) {
      const flipped = Buffer.from(archive);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      const found = await verify(flipped).then(
        () => false,
        (error: unknown) => error instanceof ArchiveDamagedError,
      );
      if (!found && !isSame(flipped)) unseen.push(bit);
    }
    expect(unseen).toEqual([]);
  }, 120_000);

  it('names the file and the fragment of a changed byte (decision 7)', async () => {
    const place = at('row 17');
    const changed = withRaw((raw) =>
      Buffer.concat([raw.subarray(0, place), Buffer.from('ROW'), raw.subarray(place + 3)]),
    );
    expect(await damage(changed)).toMatchObject({ file: 'engines/a.csv', fragment: 2 });
  });

  it('finds a bit in a tar header, in README and overview, with a good CRC', async () => {
    const flip = (place: number) =>
      withRaw((raw) => {
        raw[place]! ^= 1;
        return raw;
      });
    expect((await damage(flip(at('engines/b.csv\0') + 136))).message).toContain('tar header');
    expect(await damage(flip(at('DATA HELD')))).toMatchObject({ file: 'README.txt' });
    expect(await damage(flip(at('<!doctype')))).toMatchObject({ file: 'index.html' });
    expect((await damage(flip(tar.length - 1))).message).toContain('tar header');
  });

  it.each([1, 2])(
    'counts the rows of fragment %i: a manifest that is off by one is found (decision 7)',
    async (fragment) => {
      const rows = fragment === 1 ? 2 : 40;
      const claimed = withRaw((raw) => {
        const place = raw.indexOf(`"rows": ${rows}`, at('"fragments"'));
        expect(place).toBeGreaterThan(0);
        raw[place + `"rows": ${rows}`.length - 1]! += 1;
        return raw;
      });
      const { message } = await damage(claimed);
      expect(message).toContain(`${rows} rows instead of ${rows + 1}`);
    },
  );

  it('refuses an archive that was cut short, at any place', async () => {
    for (let length = 0; length < archive.length; length += 41) await damage(archive.subarray(0, length));
    await damage(archive.subarray(0, -1));
  });

  it('refuses anything behind the end: junk, zeros, another member, another file', async () => {
    for (const more of [Buffer.from('x'), Buffer.alloc(512), gzipSync('more'), archive]) {
      expect((await damage(Buffer.concat([archive, more]))).message).not.toBe('');
    }
    const another = withRaw((raw) => Buffer.concat([raw.subarray(0, -1024), raw.subarray(0, at('README.txt\0')), raw]));
    expect(await damage(another)).toMatchObject({ file: 'manifest.json' });
  });

  it('refuses an empty block before a file, where other readers end, and a file behind the end', async () => {
    const block = Buffer.alloc(512);
    const [second, end] = [at('README.txt\0'), tar.length - 1024];
    const inside = (offset: number, what: Buffer) => (bytes: Buffer) =>
      Buffer.concat([bytes.subarray(0, offset), what, bytes.subarray(offset)]);
    for (const change of [inside(0, block), inside(second, block), inside(tar.length, tar.subarray(0, 512))])
      expect((await damage(withRaw(change))).message).toMatch(/behind the end|does not name it/);
    expect(tar.subarray(second, second + 10).toString()).toBe('README.txt');
    expect(tar.subarray(end).equals(Buffer.alloc(1024))).toBe(true);
  });

  it('refuses two files of one name, of which one is lost when it is unpacked', async () => {
    const doubled = withRaw((raw) => {
      raw.write('"index.html"', raw.indexOf('"README.txt"'));
      const header = raw.subarray(at('README.txt\0'), at('README.txt\0') + 512);
      header.write('index.html');
      header.fill(' ', 148, 156);
      header.write(
        `${header
          .reduce((sum, byte) => sum + byte)
          .toString(8)
          .padStart(6, '0')}\0`,
        148,
      );
      return raw;
    });
    expect(await damage(doubled)).toMatchObject({ file: 'index.html', message: expect.stringContaining('two files') });
  });

  it('refuses what is no archive of ours', async () => {
    await damage(gzipSync('hello'));
    await damage(Buffer.from('hello'));
    await damage(Buffer.alloc(0));
  });
});

/** True when the bit is one that no reader looks at, as in the filling of a stored block. */
function isSame(flipped: Buffer): boolean {
  try {
    return gunzipSync(flipped).equals(tar);
  } catch {
    return false;
  }
}
