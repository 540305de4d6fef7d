import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AUTHORIZER, FUNCTIONS } from '../../functions/registry.ts';
import { buildFunctions } from '../../local/build.ts';
import { functionEnvironment } from '../../local/environment.ts';

/** The maximum of a function with all that it imports, bytes. */
const MAX_BYTES = 1_000_000;
/** The doctor tries everything, so it holds the client of everything; an operator can wait for its start. */
const MAX_DOCTOR_BYTES = 1_400_000;

let folder: string;
let bundles: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bundles-'));
  bundles = (await buildFunctions()).folder;
});
afterAll(() => rmSync(folder, { recursive: true }));

const nothing = 'http://127.0.0.1:9'; // no import speaks to anything
const endpoints = { objects: nothing, tables: nothing, keysAndSecrets: nothing, stepFunctions: nothing };
const env = { PATH: process.env.PATH, AWS_REGION: 'eu-central-1', ...functionEnvironment(endpoints) };

describe('bundles of the functions', () => {
  it.each([...FUNCTIONS, AUTHORIZER].map((spec) => spec.name))(
    '%s is small when minified, and its folder works alone',
    (name) => {
      const alone = join(folder, name);
      cpSync(join(bundles, name), alone, { recursive: true });
      const files = readdirSync(alone, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.mjs'));
      const byteLength = files.reduce((sum, file) => sum + statSync(join(alone, file)).size, 0);
      const imported = files.map((file) => `await import(${JSON.stringify(pathToFileURL(join(alone, file)))})`);
      const entry = imported[files.indexOf('index.mjs')]!;
      const script = `${imported.join(';')};process.stdout.write(\`\${typeof (${entry}).handler} \${process.moduleLoadList.some((module) => module.includes('undici'))}\`)`;
      const found = execFileSync(process.execPath, ['--input-type=module', '-e', script], { env, encoding: 'utf8' });

      expect(byteLength).toBeGreaterThan(100_000); // a whole function
      expect(byteLength).toBeLessThan(name === 'doctor' ? MAX_DOCTOR_BYTES : MAX_BYTES);
      expect(found).toBe('function false'); // nothing has asked for the code of `fetch`
    },
  );

  it.each([
    ['the driver of the Portal database', 'Connection terminated unexpectedly', 'preview'],
    ['the client of S3', 'CreateMultipartUpload', 'deliver'],
    ['the client of Step Functions', 'StartExecution', 'start'],
  ])('read comes without %s', (_what, words, other) => {
    const textOf = (name: string) =>
      readdirSync(join(bundles, name), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.mjs'))
        .map((file) => readFileSync(join(bundles, name, file), 'utf8'))
        .join();

    expect(textOf('read')).not.toContain(words);
    expect(textOf(other)).toContain(words);
  });
});
