import { describe, expect, it } from 'vitest';
import { checked, examine } from '../../../modules/common/doctor.ts';
import { SettingsError } from '../../../modules/common/errors.ts';

const NOW = new Date('2026-11-30T10:00:00Z');
const fails = (error: Error) => async (): Promise<string> => {
  throw error;
};

describe('examine (R32)', () => {
  it('stops no check for another that fails or never ends, and tells no text of a foreign error (R24)', async () => {
    const { state, checks } = await examine(
      [
        ['good', 'a', async () => 'It works'],
        ['silent', 'b', () => new Promise(() => {})],
        ['broken', 'c', fails(new TypeError('a secret value'))],
        ['hanging', 'c', fails(new DOMException('x', 'TimeoutError'))],
        ['wrong', 'd', fails(new SettingsError('settings.json', 'x: is missing'))],
        ['several', 'e', async () => [checked('one', 'warning', 'old', 'f'), checked('two', 'ok', 'new')]],
        checked('known', 'not configured', 'It is not set'),
      ],
      NOW,
      50,
    );

    expect(state).toBe('fault');
    expect(checks).toEqual([
      { name: 'silent', state: 'fault', evidence: 'It does not answer in time', mend: 'b' },
      { name: 'broken', state: 'fault', evidence: 'It failed (TypeError)', mend: 'c' },
      { name: 'hanging', state: 'fault', evidence: 'It does not answer in time', mend: 'c' },
      { name: 'wrong', state: 'fault', evidence: 'settings.json: x: is missing', mend: 'd' },
      { name: 'one', state: 'warning', evidence: 'old', mend: 'f' },
      { name: 'known', state: 'not configured', evidence: 'It is not set' },
      { name: 'good', state: 'ok', evidence: 'It works' },
      { name: 'two', state: 'ok', evidence: 'new' },
    ]);
  });

  it.each([
    ['not configured', 'ok'],
    ['not measured', 'warning'],
    ['warning', 'warning'],
    ['ok', 'ok'],
  ] as const)('is, at worst %s, %s as a whole', async (worst, whole) => {
    const report = await examine([checked('a', 'ok', ''), checked('b', worst, '')], NOW, 50);

    expect(report).toMatchObject({ at: NOW.toISOString(), state: whole });
  });
});
