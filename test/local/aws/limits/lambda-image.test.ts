import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aHost } from '../../fixtures/functions.ts';

describe('a function as Lambda runs it (R26)', () => {
  const variables = {
    prober: { GREETING: { Ref: 'Greeting' }, LEVEL: '5' },
    echo: { SOMETHING: { Ref: 'Something' } },
  };
  let started: Awaited<ReturnType<typeof aHost>>;
  let folder: string;
  let around: {
    readonly uid: number;
    readonly environment: Readonly<Record<string, string>>;
    readonly folder: string;
    readonly [other: string]: unknown;
  };

  beforeAll(async () => {
    started = await aHost({ limits: { lambda: { variables } } });
    folder = await mkdtemp(join(tmpdir(), 'others-'));
    const secret = join(folder, 'secret');
    await writeFile(secret, 'x', { mode: 0o600 });
    const result = await started.host.invoke('prober', { secret, elsewhere: join('/var/tmp', 'gdpr-prober') });
    if (!result.ok) throw new Error(JSON.stringify(result.error));
    around = result.payload as typeof around;
  });
  afterAll(async () => {
    await started.host.stop();
    await started.image?.stop();
    await Promise.all([started.folder, folder].map((each) => rm(each, { recursive: true })));
  });

  it('has the variables of its template, with the values of the stand-ins, those of Lambda, and no other', () => {
    const { AWS_ENDPOINT_URL_S3, NODE_CHANNEL_SERIALIZATION_MODE, ...environment } = around.environment;

    expect(environment).toMatchObject({ GREETING: 'hello', LEVEL: '5', AWS_LAMBDA_FUNCTION_NAME: 'prober' });
    const others = Object.keys(environment).filter((name) => !/^(AWS|LAMBDA)_/.test(name));
    expect(others.sort()).toEqual(['GREETING', 'LANG', 'LEVEL', 'PATH', 'TMPDIR', 'TZ']);
  });

  it('writes to its own /tmp alone, starts no program, and is another account where this one is root', () => {
    const denied = expect.stringMatching(/^(ERR_ACCESS_DENIED|EACCES)$/);
    expect(around.writes).toEqual({ temporary: 'done', own: denied, beside: denied, elsewhere: denied });
    expect(around.programs).toEqual(denied);
    const isRoot = process.getuid?.() === 0;
    expect([around.uid, around.reads]).toEqual(isRoot ? [65_534, 'EACCES'] : [process.getuid?.(), 'done']);
  });

  it('does not start when the template refers to what is not there', async () => {
    await expect(started.host.invoke('echo', {})).rejects.toThrow('echo: nothing here stands for SOMETHING');
  });

  it('leaves nothing behind', async () => {
    const other = await aHost({ limits: { lambda: { variables } } });
    const { payload } = (await other.host.invoke('prober', { secret: '', elsewhere: '/x' })) as {
      payload: typeof around;
    };
    await other.host.stop();
    await other.image?.stop();
    await rm(other.folder, { recursive: true });

    expect([existsSync(payload.folder), existsSync(payload.environment.TMPDIR!)]).toEqual([false, false]);
  });
});
