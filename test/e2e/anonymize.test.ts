import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import type { RequestView } from '../../modules/requests/views/get-request.ts';
import { gdpr, gdprOpen } from '../support/command.ts';
import { everyRow, rowsNaming } from '../support/portal.ts';

let system: LocalSystem;

beforeAll(async () => {
  system = await startLocalSystem({ engines: 1, rows: 100 });
});

afterAll(() => system?.stop());

describe('gdpr anonymize', () => {
  it('is refused without --irreversible, and nothing changes (R13)', async () => {
    const before = await everyRow(system.portal);
    const { code, stderr } = await gdpr(system, 'anonymize', '--user', system.users[0]!);
    expect(code).toBe(2);
    expect(stderr).toContain('--irreversible');
    expect(await everyRow(system.portal)).toEqual(before);
  });

  it('leaves the name in no column of the Portal database, and its twin as it was (R15)', async () => {
    const [name, twin] = system.users as [string, string];
    const twinBefore = await rowsNaming(system.portal, twin);
    expect((await rowsNaming(system.portal, name)).length).toBeGreaterThan(10);
    expect(twinBefore.length).toBeGreaterThan(10);

    const { code, stdout } = await gdpr(system, 'anonymize', '--user', name, '--irreversible', '--json');

    const view = JSON.parse(stdout) as RequestView;
    expect([code, view.state, view.receipt?.residue]).toEqual([0, 'COMPLETED', 0]);
    expect(await rowsNaming(system.portal, name)).toEqual([]);
    const renamed = (row: string) => row.replaceAll(/anon-[a-z2-7]{26}/g, name);
    expect((await rowsNaming(system.portal, twin)).map(renamed).sort()).toEqual(twinBefore.sort());
  });

  it('ends as nothing found when it is run again, and its certificate says so (C32)', async () => {
    const { code, stdout } = await gdpr(system, 'anonymize', '--user', system.users[0]!, '--irreversible', '--json');
    const { requestId, receipt } = JSON.parse(stdout) as RequestView;
    expect(code).toBe(5);
    expect(Object.values(receipt!.rowsByTable).reduce((sum, rows) => sum + rows, 0)).toBe(0);
    const status = await gdprOpen(system, 'status', requestId, '--json');
    expect(JSON.parse(status.stdout)).toMatchObject({ state: 'NOTHING_FOUND' });
    const proof = await gdprOpen(system, 'certificate', 'get', requestId);
    expect(JSON.parse(proof.stdout)).toMatchObject({ certificate: { outcome: 'nothing-found', changed: { rows: 0 } } });
  });
});
