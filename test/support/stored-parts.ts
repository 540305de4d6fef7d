import { randomBytes } from 'node:crypto';
import { FragmentEncoder } from '../../modules/archive/fragment.ts';
import { type ArchiveFile, type ArchiveFragment, layOut } from '../../modules/archive/layout.ts';
import type { ArchiveUpload, FragmentSink, PartStore } from '../../modules/archive/ports.ts';
import { uploadPartsOf } from '../../modules/archive/upload-parts.ts';

/** What one source holds: raw bytes by file, each a fragment. */
export type Source = readonly { readonly file: string; readonly raw: Buffer }[];

export const REQUEST_ID = '00000000-0000-4000-8000-000000000001';

/** Bytes that deflate does not shorten. */
export const incompressible = (byteLength: number): Buffer => randomBytes(byteLength);

/** Stores each source as one Part, as its worker does. @returns the fragments in order of sources */
export async function storeParts(
  parts: { openSink: (...where: Parameters<PartStore['openSink']>) => FragmentSink | Promise<FragmentSink> },
  sources: readonly Source[],
): Promise<ArchiveFragment[]> {
  const stored: ArchiveFragment[] = [];
  for (const [number, source] of sources.entries()) {
    const encoder = new FragmentEncoder(1);
    const sink = await parts.openSink(REQUEST_ID, 1, `engine-${number}`, 0);
    const fragments: Omit<ArchiveFragment, 'partETag'>[] = [];
    let offset = 0;
    for (const { file, raw } of source) {
      await encoder.write(raw);
      const { bytes, figures } = await encoder.end();
      await sink.write(bytes);
      const facts = { file, columns: ['a'], partKey: sink.partKey, offset, rows: 1, rowsPerDay: {} };
      fragments.push({ ...facts, ...figures });
      offset += bytes.length;
    }
    encoder.close();
    const partETag = await sink.close();
    stored.push(...fragments.map((fragment) => ({ ...fragment, partETag })));
  }
  return stored;
}

/** Fragments gathered by file, each file with a header. */
export function filesOf(fragments: readonly ArchiveFragment[]): ArchiveFile[] {
  const names = [...new Set(fragments.map(({ file }) => file))];
  return names.map((name) => ({
    name,
    head: Buffer.from('a\r\n'),
    fragments: fragments.filter(({ file }) => file === name),
  }));
}

/** How the archive of these fragments is made. */
export function uploadOf(fragments: readonly ArchiveFragment[]): ArchiveUpload {
  const { segments, byteLength, crc32 } = layOut(filesOf(fragments), 1_700_000_000);
  return { parts: uploadPartsOf(segments), byteLength, crc32 };
}

/** What each file of the archive must hold. */
export function contentsOf(sources: readonly Source[]): Record<string, Buffer> {
  const contents: Record<string, Buffer[]> = {};
  for (const { file, raw } of sources.flat()) {
    contents[file] ??= [Buffer.from('a\r\n')];
    contents[file].push(raw);
  }
  return Object.fromEntries(Object.entries(contents).map(([file, pieces]) => [file, Buffer.concat(pieces)]));
}
