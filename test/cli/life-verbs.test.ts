import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runGdpr } from './run-gdpr.ts';
import { aView, REQUEST_ID, ScriptedApi, TOKEN } from './scripted-api.ts';

let api: ScriptedApi;

beforeEach(async () => {
  api = await new ScriptedApi().start();
});

afterEach(() => api.stop());

const ENV = { GDPR_TOKEN: TOKEN, GDPR_LOGIN: 'operator', GDPR_PASSWORD: 'sesame' };
const gdpr = (...args: string[]) => runGdpr([...args, '--api', api.url], { cwd: '.', env: ENV });
const sent = (step: string) => api.bodies(`POST /v1/requests/{id}/${step}`).map((body) => JSON.parse(body));

describe('verbs of a request that waits for a person (decision 24)', () => {
  it('send what was given and show the state', async () => {
    const planHash = `${'n'.repeat(22)}.${'d'.repeat(43)}`;
    expect((await gdpr('approve', REQUEST_ID, '--plan-hash', planHash)).stdout).toContain('AWAITING_LOGIN');
    expect((await gdpr('deny', REQUEST_ID, '--reason', 'duplicate')).stdout).toContain('DENIED');
    expect((await gdpr('login', REQUEST_ID)).stdout).toContain('QUEUED');
    expect((await gdpr('deadline', 'extend', REQUEST_ID, '--reason', 'complexity')).stdout).toContain('due 2026-12-02');
    expect((await gdpr('handover', REQUEST_ID, '--to', 'person', '--at', '2026-06-11T10:00:00Z')).code).toBe(0);
    expect(sent('handover')).toEqual([{ to: 'person', at: '2026-06-11T10:00:00Z' }]);
    expect([sent('approve'), sent('deny'), sent('login'), sent('deadline')]).toEqual([
      [{ planHash }],
      [{ reasonCode: 'duplicate' }],
      [{ login: { username: 'operator', password: 'sesame' } }],
      [{ action: 'extend', reason: 'complexity' }],
    ]);
  });

  it.each([
    ['deny', REQUEST_ID],
    ['deny', REQUEST_ID, '--reason', 'because'],
    ['handover', REQUEST_ID],
    ['handover', REQUEST_ID, '--to', 'anna'],
    ['deadline', 'stop', REQUEST_ID],
    ['deadline', 'pause', REQUEST_ID, '--reason', 'complexity'],
    ['deadline', 'resume', REQUEST_ID, '--months', '1'],
  ])('refuse %s %s %s %s', async (...args) => {
    expect((await gdpr(...args)).code).toBe(2);
    expect(api.calls).toEqual([]);
  });

  it('end the watch with exit code 4 and the way to approve', async () => {
    api.views = [aView({ kind: 'anonymize', state: 'AWAITING_APPROVAL', waitsUntil: '2026-12-07T10:00:00.000Z' })];
    const { code, stderr } = await gdpr('anonymize', '--user', 'anna', '--irreversible');
    expect(code).toBe(4);
    expect(stderr).toContain(`gdpr approve ${REQUEST_ID} --plan-hash ${api.preview.planHash}`);
    expect(stderr).toContain('AWAITING_APPROVAL, until 2026-12-07');
  });
});
