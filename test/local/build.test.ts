import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildFunctions, type FunctionSource } from '../../local/build.ts';
import { FIXTURE_SOURCE } from './fixtures/functions.ts';

describe('buildFunctions', () => {
  let folder: string;
  let out: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'build-'));
  });
  beforeEach(async () => {
    out = join(await mkdtemp(join(folder, 'out-')), 'functions');
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** Two functions with a module in common, which imports another one when it is used. */
  const twoFunctions = async (): Promise<FunctionSource> => {
    const root = await mkdtemp(join(folder, 'source-'));
    await mkdir(join(root, 'one'));
    await writeFile(join(root, 'rare.ts'), 'export const rare = "rarely used";');
    const common = 'export const answer = async (name: string) => name + (await import("./rare.ts")).rare;';
    await writeFile(join(root, 'common.ts'), common);
    const call = 'export const handler = () => answer("before, ");';
    await writeFile(join(root, 'one/index.ts'), `import { answer } from "../common.ts"; ${call}`);
    await writeFile(join(root, 'two.ts'), `import { answer } from "./common.ts"; ${call}`);
    const functions = [
      { name: 'one', file: 'one/index' },
      { name: 'two', file: 'two' },
    ];
    return { root, functions };
  };
  const answerOf = async (bundle: string): Promise<string> => {
    const script = `console.log(await (await import(${JSON.stringify(pathToFileURL(bundle))})).handler())`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
    return stdout.trim();
  };

  it('writes a folder per function and builds again only when a file changed or is gone (R26)', async () => {
    const first = await buildFunctions(out, FIXTURE_SOURCE);
    const second = await buildFunctions(out, FIXTURE_SOURCE);
    await rm(join(out, 'echo/index.mjs'));
    const third = await buildFunctions(out, FIXTURE_SOURCE);
    const others = FIXTURE_SOURCE.functions.filter(({ name }) => name !== 'echo');
    const fourth = await buildFunctions(out, { ...FIXTURE_SOURCE, functions: others });

    expect([first, second, third, fourth].map(({ fresh }) => fresh)).toEqual([true, false, true, true]);
    expect(await readdir(join(first.folder, 'echo'))).toContain('index.mjs');
    expect(await readdir(out)).not.toContain('echo');
  });

  it('gives each function all that it imports, so that its folder works alone', async () => {
    await buildFunctions(out, await twoFunctions());
    await cp(join(out, 'two'), join(folder, 'alone'), { recursive: true });
    await rm(out, { recursive: true });

    expect(await answerOf(join(folder, 'alone/index.mjs'))).toBe('before, rarely used');
    expect(await readdir(join(folder, 'alone/chunks'))).toHaveLength(2);
  });

  it('sees a changed source, and leaves the build before to a system that runs on it', async () => {
    const source = await twoFunctions();
    const before = await buildFunctions(out, source);

    await writeFile(join(source.root, 'rare.ts'), 'export const rare = "often used";');
    const after = await buildFunctions(out, source);

    expect(after.fresh).toBe(true);
    expect(await answerOf(join(out, 'one/index.mjs'))).toBe('before, often used');
    expect(await answerOf(join(before.folder, 'one/index.mjs'))).toBe('before, rarely used');
  });

  it('removes a build that has not been used for a day', async () => {
    const source = await twoFunctions();
    const old = await buildFunctions(out, source);
    const dayBefore = new Date(Date.now() - 25 * 3_600_000);
    await utimes(old.folder, dayBefore, dayBefore); // made long ago, and used until now

    await writeFile(join(source.root, 'rare.ts'), 'export const rare = "often used";');
    await buildFunctions(out, source);
    await expect(stat(old.folder)).resolves.toBeDefined();

    await utimes(old.folder, dayBefore, dayBefore);
    await writeFile(join(source.root, 'rare.ts'), 'export const rare = "never used";');
    await buildFunctions(out, source);

    await expect(stat(old.folder)).rejects.toThrow('ENOENT');
  });

  it('is one build when two processes make it at once', async () => {
    const source = await twoFunctions();

    const [one, other] = await Promise.all([buildFunctions(out, source), buildFunctions(out, source)]);

    expect(other.folder).toBe(one.folder);
    expect(await readdir(`${out}.builds`)).toHaveLength(1);
    expect(await answerOf(join(out, 'one/index.mjs'))).toBe('before, rarely used');
  });

  it('takes the place of the folder that an earlier version wrote', async () => {
    await mkdir(join(out, 'gone'), { recursive: true });
    await writeFile(join(out, 'gone/index.mjs'), '');

    await buildFunctions(out, await twoFunctions());

    expect((await readdir(out)).sort()).toEqual(['one', 'stamp.json', 'two']);
  });

  it('packs a function that another one imports with both', async () => {
    const source = await twoFunctions();
    const call = 'export const handler = async () => (await import("./one/index.ts")).handler();';
    await writeFile(join(source.root, 'two.ts'), call);
    await buildFunctions(out, source);
    await cp(join(out, 'two'), join(folder, 'with-one'), { recursive: true });

    expect(await answerOf(join(folder, 'with-one/index.mjs'))).toBe('before, rarely used');
  });

  it('leaves no process of the bundler behind', async () => {
    await buildFunctions(out, await twoFunctions());

    const children = await readFile(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8');
    const names = children
      .trim()
      .split(' ')
      .filter(Boolean)
      .map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8'));
    expect((await Promise.all(names)).filter((line) => line.includes('esbuild'))).toEqual([]);
  });

  it('keeps the names of errors, which Retry and Catch match', async () => {
    await buildFunctions(out, FIXTURE_SOURCE);

    const files = await readdir(join(out, 'unlucky'), { recursive: true });
    const texts = files
      .filter((file) => file.endsWith('.mjs'))
      .map((file) => readFile(join(out, 'unlucky', file), 'utf8'));
    expect((await Promise.all(texts)).join()).toContain('EngineUnavailableError');
  });
});
