import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildFunctions } from '../../local/build.ts';
import { FUNCTIONS } from '../../local/functions.ts';

const FOLDER = resolve('build/functions');
/** Bar of issue 6, bytes. */
const MAX_BYTES = 1_000_000;

beforeAll(() => buildFunctions(FOLDER));

describe('bundles of the functions', () => {
  it.each(FUNCTIONS.map(({ name }) => name))('%s is under 1 MB minified', async (name) => {
    const bundle = await readFile(join(FOLDER, name, 'index.mjs'));

    expect(bundle.length).toBeGreaterThan(100_000); // a whole function
    expect(bundle.length).toBeLessThan(MAX_BYTES);
  });
});
