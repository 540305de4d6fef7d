import { createHash } from 'node:crypto';
import { csvRecord } from '../../rows/csv.ts';
import type { ArchiveFile } from '../layout.ts';
import type { Manifest } from '../manifest.ts';
import type { InformationSheet } from '../settings.ts';
import {
  buildManifest,
  type GatheredFile,
  gatherFiles,
  type Harvest,
  type ManifestSettings,
} from './build-manifest.ts';
import type { Dictionary } from './dictionary.ts';
import { writeIndexPage } from './index-page.ts';
import { writeReadme } from './readme.ts';
import type { Texts } from './texts.ts';

/** Settings of archives and what their documents say. */
export interface ArchiveSettings extends ManifestSettings {
  readonly informationSheet: InformationSheet;
  /** Words of the documents, in the language of the settings. */
  readonly texts: Texts;
}

/** An archive before the upload. */
type ComposedArchive = { readonly manifest: Manifest; readonly files: readonly ArchiveFile[] };

/** The same fragments give the same bytes: nothing here uses the clock or random numbers. Source: docs/archive-format.md. */
export function composeArchive(
  harvest: Omit<Harvest, 'files'>,
  settings: ArchiveSettings,
  dictionary: Dictionary,
): ComposedArchive {
  const files = gatherFiles(harvest.frame, harvest.indexes);
  const described = buildManifest({ ...harvest, files }, settings, (file) => csvHead(file).length);
  const { informationSheet, texts } = settings;
  const documents = [
    { name: 'README.txt', head: Buffer.from(writeReadme(described, informationSheet, dictionary, texts)) },
    { name: 'index.html', head: Buffer.from(writeIndexPage(described, files, dictionary, texts)) },
  ];
  const manifest = {
    ...described,
    documents: documents.map(({ name, head }) => ({ name, rawBytes: head.length, sha256: sha256(head) })),
  };
  const head = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
  return {
    manifest,
    files: [
      { name: 'manifest.json', head, fragments: [] },
      ...documents.map((document) => ({ ...document, fragments: [] })),
      ...files.map((file) => ({ name: file.name, head: csvHead(file), fragments: file.fragments })),
    ],
  };
}

/** The first record of a CSV file. */
const csvHead = ({ columns }: Pick<GatheredFile, 'columns'>): Buffer => Buffer.from(csvRecord(columns, false));

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
