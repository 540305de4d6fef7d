import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { DICTIONARY } from '../../../functions/wiring/dictionary.ts';
import { composeArchive } from '../../../modules/archive/contents/compose.ts';
import { Manifest, parseManifest } from '../../../modules/archive/manifest.ts';
import { TOOL_VERSION } from '../../../modules/common/version.ts';
import packageFile from '../../../package.json' with { type: 'json' };
import { archiveSettings, harvestOf } from '../../support/stitch.ts';

const published = JSON.stringify(z.toJSONSchema(Manifest), null, 2);

const manifest = async () => {
  const samples = [{ source: 'e1', file: 'engines/a.csv', columns: ['engine', 'x'], rows: [['e1', '1']] }];
  const { harvest } = await harvestOf(samples, ['e2', 'portal']);
  return composeArchive(harvest, archiveSettings(), DICTIONARY).manifest;
};

describe('Manifest', () => {
  it('is published as docs/manifest.schema.json (written by `vitest -u`)', async () => {
    await expect(`${published}\n`).toMatchFileSnapshot('../../../docs/manifest.schema.json');
  });

  it('takes a real manifest, and so does the published schema (R12)', async () => {
    const real = await manifest();
    expect(parseManifest(JSON.stringify(real))).toEqual(real);
    const fromPublished = z.fromJSONSchema(JSON.parse(published));
    expect(fromPublished.safeParse(real).error).toBeUndefined();
    expect(fromPublished.safeParse({ ...real, complete: 'yes' }).success).toBe(false);
  });

  it('refuses a manifest with more in it than is described', async () => {
    const more = { ...(await manifest()), subjectName: 'jdoe' };
    expect(Manifest.safeParse(more).success).toBe(false);
  });

  it('refuses a path with a second spelling, or one that leads out (R23)', async () => {
    const real = await manifest();
    const isPath = (name: string) => Manifest.safeParse({ ...real, files: [{ ...real.files[0]!, name }] }).success;
    const others = [
      'a/./b.csv',
      'a//b.csv',
      'a/.b.csv',
      'a./b.csv',
      'a /b.csv',
      'b.csv.',
      'b.csv ',
      'a/',
      'a/../b.csv',
      '/b.csv',
    ];
    expect(others.filter(isPath)).toEqual([]);
    expect(['a/b.csv', 'engines/user.Engine-1_x.csv', 'a/b-c d.csv'].filter(isPath)).toHaveLength(3);
  });

  it('names the version of this tool', () => {
    expect(TOOL_VERSION).toBe(packageFile.version);
  });
});
