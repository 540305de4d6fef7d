import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runGdpr } from '../run-gdpr.ts';
import { aFinding, ScriptedApi, TOKEN } from '../scripted-api.ts';

let api: ScriptedApi;

beforeEach(async () => {
  api = await new ScriptedApi().start();
});

afterEach(() => api.stop());

const who = (...args: string[]) =>
  runGdpr(['who', ...args, '--api', api.url, '--login', 'operator'], {
    cwd: process.cwd(),
    env: { GDPR_TOKEN: TOKEN, GDPR_PASSWORD: 'sesame' },
  });

describe('gdpr who', () => {
  it('lists the accounts that a name may mean, with domain, Engines, devices and last activity (R1)', async () => {
    api.subjects = aFinding(['anna@CORP', 'anna@LAB']);

    const { code, stdout } = await who('anna');

    expect(code).toBe(0);
    expect(stdout.split('\n')[0]).toMatch(/^ACCOUNT +DOMAIN +PERSON +KNOWN TO +DEVICES +LAST SEEN$/);
    expect(stdout).toMatch(/anna@LAB .*engine-1 +LT-101 +2026-11-02T09:00:00/);
    expect(JSON.parse(api.bodies('POST /v1/subjects')[0]!)).toEqual({
      subject: { kind: 'user', name: 'anna' },
      login: { username: 'operator', password: 'sesame' },
    });
  });

  it('says which other accounts may be of the same person', async () => {
    api.subjects = aFinding(['anna@CORP'], { nearNames: ['anna-adm'] });

    expect((await who('anna')).stderr).toContain('Perhaps the same person: anna-adm');
  });

  it('ends with 5 when nothing was found, with 3 when an Engine that may know it is away', async () => {
    api.subjects = aFinding([], { nearNames: ['hanna@CORP'] });
    const none = await who('anna');
    api.subjects = aFinding([], { missing: [{ name: 'engine-2', reason: 'EngineTimeoutError' }] });
    const away = await who('LT-1', '--device');

    expect([none.code, away.code]).toEqual([5, 3]);
    expect(none.stderr).toContain('Names like it: hanna@CORP');
    expect(away.stderr).toContain('engine-2 did not answer (EngineTimeoutError)');
    expect(JSON.parse(api.bodies('POST /v1/subjects')[1]!).subject).toEqual({ kind: 'device', name: 'LT-1' });
  });
});
