import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildFunctions } from '../../local/build.ts';
import { FIXTURE_SOURCE } from './fixtures/functions.ts';

describe('buildFunctions', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'build-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('writes one module per function and builds again only when a file changed (R26)', async () => {
    const first = await buildFunctions(folder, FIXTURE_SOURCE);
    const second = await buildFunctions(folder, FIXTURE_SOURCE);
    await rm(join(folder, 'echo/index.mjs'));
    const third = await buildFunctions(folder, FIXTURE_SOURCE);

    expect([first, second, third]).toEqual([FIXTURE_SOURCE.functions.map(({ name }) => name), [], ['echo']]);
    expect(await readdir(join(folder, 'echo'))).toEqual(['index.mjs']);
  });

  it('sees a changed source', async () => {
    const root = join(folder, 'source');
    const source = { root, functions: [{ name: 'one', file: 'tasks/first' }] };
    await mkdir(join(root, 'tasks'), { recursive: true });
    await writeFile(join(root, 'tasks/first.ts'), 'export const handler = async () => "before";');
    await buildFunctions(join(folder, 'out'), source);

    await writeFile(join(root, 'tasks/first.ts'), 'export const handler = async () => "afterwards";');

    expect(await buildFunctions(join(folder, 'out'), source)).toEqual(['one']);
    expect(await readFile(join(folder, 'out/one/index.mjs'), 'utf8')).toContain('afterwards');
  });

  it('keeps the names of errors, which Retry and Catch match (decision 1)', async () => {
    await buildFunctions(folder, FIXTURE_SOURCE);

    expect(await readFile(join(folder, 'unlucky/index.mjs'), 'utf8')).toContain('EngineUnavailableError');
  });
});
