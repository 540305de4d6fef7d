import { describe, expect, it } from 'vitest';
import { isGap } from '../../../modules/archive/fragment.ts';
import { addDays } from '../../../modules/common/day-window.ts';
import { EngineQueryRejectedError, EngineRowsError, EngineUnavailableError } from '../../../modules/engines/errors.ts';
import type { EngineQuery } from '../../../modules/engines/ports.ts';
import { ENGINE_TABLES } from '../../../modules/engines/tables/tables.ts';
import { RequestCancelledError } from '../../../modules/requests/errors.ts';
import { scriptedEngine } from '../../support/fakes.ts';
import { days, EXECUTIONS, engine, engineWith, requestId, setup, TODAY } from '../../support/scripted-executions.ts';

describe('queryEngine', () => {
  it('brings every event once, though windows are cut and overlap (R9, R12)', async () => {
    const across = { id: 900, start: `${addDays(TODAY, -4)}T23:00:00`, end: `${addDays(TODAY, -3)}T01:00:00` };
    const before = { id: 901, start: `${addDays(TODAY, -31)}T23:00:00`, end: `${addDays(TODAY, -30)}T01:00:00` };
    const events = [...days(20, 4), across, before];
    const system = await setup(scriptedEngine(engineWith(events)));

    expect(await system.ask()).toEqual({ more: false });

    const ids = (await system.csv(EXECUTIONS)).map((row) => Number(row[2])).sort((a, b) => a - b);
    expect(ids).toEqual(events.map(({ id }) => id).sort((a, b) => a - b));
    expect(await system.missing()).toEqual([]);
  });

  it('asks a day that is too full again with more room', async () => {
    const system = await setup(scriptedEngine(engineWith(days(1, 35))));
    await system.ask();
    expect(await system.csv(EXECUTIONS)).toHaveLength(35);
  });

  it('goes on from its checkpoint, and gives the same rows as a run that was not cut', async () => {
    const whole = await setup(scriptedEngine(engineWith(days(20, 4))));
    await whole.ask();
    const cut = await setup(scriptedEngine(engineWith(days(20, 4))));
    let calls = 0;
    for (let more = true; more; calls++) {
      let queries = 0;
      ({ more } = await cut.ask(() => queries++ < 2));
    }

    expect(calls).toBeGreaterThan(5);
    expect(await cut.csv(EXECUTIONS)).toEqual(await whole.csv(EXECUTIONS));
  });

  it('loses no row to a header that lacks columns of this Engine (decision 11)', async () => {
    const system = await setup(scriptedEngine(engineWith(days(2, 3))));
    const frame = await system.parts.getFrame(requestId, 1);
    const poisoned = frame.files.map(({ file, columns }) =>
      file === EXECUTIONS ? { file, columns: columns.slice(0, 4) } : { file, columns },
    );
    await system.parts.putFrame(requestId, 1, { ...frame, files: poisoned });

    await system.ask();

    expect(await system.csv(EXECUTIONS.replace('csv', `${engine.engineId}.csv`))).toHaveLength(6);
  });

  it('does nothing when a call is repeated after the end', async () => {
    const engineApi = scriptedEngine(engineWith(days(1, 1)));
    const system = await setup(engineApi);
    await system.ask();
    const asked = engineApi.asked.length;
    expect(await system.ask()).toEqual({ more: false });
    expect(engineApi.asked).toHaveLength(asked);
  });

  it('drops rows of another subject and says so', async () => {
    const events = [...days(1, 2), { id: 99, start: `${TODAY}T05:00:00`, user: '8' }];
    const system = await setup(scriptedEngine(engineWith(events)));
    await system.ask();
    expect((await system.csv(EXECUTIONS)).map((row) => row[2])).toEqual(['1', '2']);
    expect(await system.missing()).toMatchObject([{ file: EXECUTIONS, reason: 'FOREIGN_ROWS' }]);
  });

  it('ends EMPTY, not DONE, on an Engine that does not know the name (R12)', async () => {
    const system = await setup(scriptedEngine(() => 'id\tname\n'));
    await system.ask();
    expect(await system.requests.listProgress(requestId)).toMatchObject([{ state: 'EMPTY', rows: 0 }]);
  });

  it('never takes a near name for the name: an Engine that answers so is not believed (R12)', async () => {
    const engineApi = scriptedEngine(() => 'id\tname\n8\tjdoe2\n9\tx-jdoe\n');
    const system = await setup(engineApi);
    await expect(system.ask()).rejects.toThrow('rows of other names');
    expect(await system.parts.listIndexes(requestId, 1)).toEqual([]);
    expect(engineApi.asked.every(({ statement }) => !statement.includes('(identifier'))).toBe(true);
  });

  it('looks for capitals when the name as typed is not known', async () => {
    const system = await setup(
      scriptedEngine((query) => {
        const { statement } = query;
        if (statement.includes('"JDOE"') && statement.includes('(eq name')) return 'id\tname\n7\tJDOE\n';
        return statement.includes('(eq name') ? 'id\tname\n' : engineWith(days(1, 1))(query);
      }),
    );
    await system.ask();
    expect((await system.parts.listIndexes(requestId, 1))[0]).toMatchObject({ subjects: 1 });
    expect(await system.csv(EXECUTIONS)).toHaveLength(2);
  });

  it('leaves out an account that the Request is not about, and says so (C29a)', async () => {
    const namesakes = ({ statement, platform }: EngineQuery) =>
      platform === 'windows' && statement.includes('"jdoe@*"') ? 'id\tname\n7\tjdoe@CORP\n8\tjdoe@LAB\n' : undefined;
    const ofAccount = (query: EngineQuery) => {
      const answer = engineWith(days(1, 1))(query);
      return typeof answer === 'string' ? answer.replace('7\tjdoe', '7\tjdoe@CORP') : answer;
    };
    const other = (query: EngineQuery) =>
      namesakes(query) ?? (query.statement.includes('(eq name') ? 'id\tname\n' : ofAccount(query));
    const found = await setup(scriptedEngine(other));
    await found.vault.seal(requestId, 'subject', { kind: 'user', name: 'jdoe', found: ['jdoe@CORP'] }, new Date());
    const open = await setup(scriptedEngine(other));

    await found.ask();
    await open.ask();

    expect(await found.csv(EXECUTIONS)).toHaveLength(1);
    expect(await found.missing()).toMatchObject([{ file: 'engines/user.csv', reason: 'OTHER_ACCOUNT' }]);
    const [index] = await found.parts.listIndexes(requestId, 1);
    expect(index).toMatchObject({ subjects: 1, taken: [] });
    expect(await open.csv(EXECUTIONS)).toHaveLength(0);
    expect((await open.parts.listIndexes(requestId, 1))[0]).toMatchObject({ subjects: 0, taken: [] });
    expect(await open.requests.listProgress(requestId)).toMatchObject([{ state: 'EMPTY', gaps: 1 }]);
  });

  it('queries each account that the caller chose, and no other (R1)', async () => {
    const engineApi = scriptedEngine((query) => {
      const { statement, platform } = query;
      if (!statement.includes('(eq name')) return engineWith(days(1, 1))(query);
      const known = ['jdoe@CORP', 'jdoe@LAB', 'jdoe@DMZ'].filter((name) => statement.includes(`"${name}"`));
      return ['id\tname', ...(platform === 'windows' ? known.map((name) => `7${name.length}\t${name}`) : []), ''].join(
        '\n',
      );
    });
    const system = await setup(engineApi);
    const accounts = ['JDOE@corp', 'jdoe@DMZ'];
    await system.vault.seal(requestId, 'subject', { kind: 'user', name: 'jdoe', accounts }, new Date());

    await system.ask();

    const asked = engineApi.asked.map(({ statement }) => statement);
    expect(asked.some((statement) => statement.includes('"jdoe@LAB"'))).toBe(false);
    expect((await system.parts.listIndexes(requestId, 1))[0]).toMatchObject({ subjects: 1 });
  });

  it('finds the name inside devices: last logged on, and local administrators', async () => {
    const system = await setup(
      scriptedEngine((query) => {
        const { statement, platform } = query;
        if (platform !== 'windows') return engineWith([])(query);
        if (statement.includes('local_administrators')) {
          const columns =
            'id\tname\tdevice_uid\tlast_logged_on_user\tlast_logon_time\tlocal_administrators\tlocal_power_users';
          const devices = [
            '5\tPC-5\tu5\tjdoe\t2026-11-01T08:00:00\tCORP\\Admins,CORP\\jdoe,CORP\\jdoe2\t-',
            '6\tPC-6\tu6\tjdoe2\tx\t-\t-',
          ];
          return `${[columns, ...devices].join('\n')}\n`;
        }
        if (statement.includes('(with execution'))
          return 'user/id\tdevice/id\tdevice/name\tdevice/device_uid\tdevice/entity\tdevice/last_seen\n7\t5\tPC-5\tu5\tHQ\tx\n';
        return engineWith([])(query);
      }),
    );
    await system.ask();
    expect(await system.csv('engines/devices_last_logged_on.csv')).toMatchObject([
      ['engine-1', 'windows', '5', 'PC-5', 'u5', 'jdoe', '2026-11-01T08:00:00'],
    ]);
    expect(await system.csv('engines/devices_used.csv')).toMatchObject([
      ['engine-1', 'windows', '5', 'PC-5', 'u5', 'HQ', 'x'],
    ]);
    expect(await system.csv('engines/devices_local_admin.csv')).toEqual([
      ['engine-1', 'windows', '5', 'PC-5', 'u5', 'local_administrators', 'CORP\\jdoe'],
    ]);
  });

  it('finds devices that write the SID or the principal name of the user, and of nobody else (C10)', async () => {
    const [sid, upn] = ['S-1-5-21-1-2-1000', 'john.doe@corp.example'];
    const system = await setup(
      scriptedEngine((query) => {
        const { statement, platform } = query;
        if (statement.startsWith('(select (id sid)')) return `id\tsid\n7\t${sid}\n8\tS-1-5-21-1-2-1001\n`;
        if (statement.startsWith('(select (id upn)')) return `id\tupn\n7\t${upn}\n`;
        if (platform !== 'windows' || !statement.includes('local_administrators')) return engineWith([])(query);
        const admins = [sid, `${sid}7`, `AzureAD\\${upn}`, 'S-1-5-21-1-2-1001'].join(',');
        return `id\tname\tlast_logged_on_user\tlocal_administrators\n5\tPC-5\t${upn.toUpperCase()}\t${admins}\n`;
      }),
    );
    await system.ask();
    expect((await system.csv('engines/devices_last_logged_on.csv')).map((row) => row[3])).toEqual(['PC-5']);
    const admins = await system.csv('engines/devices_local_admin.csv');
    expect(admins.map((row) => row.at(-1))).toEqual([sid, `AzureAD\\${upn}`]);
  });

  it('brings dynamic fields, as columns and one by one', async () => {
    const system = await setup(scriptedEngine(engineWith([])));
    await system.ask();
    expect(await system.csv('engines/user.csv')).toEqual([['engine-1', 'windows', '7', 'jdoe', 'Basel']]);
    expect(await system.csv('engines/user_dynamic_fields.csv')).toEqual([
      ['engine-1', 'windows', '7', 'jdoe', 'Site', 'Basel'],
    ]);
  });

  it('names the Engine when dynamic fields cannot be found out, twice, and not where it lists none (R12)', async () => {
    const answer = engineWith([]);
    const reasonAfter = async (...discovered: (string | Error)[]) => {
      const differs = (query: EngineQuery) => {
        if (!query.statement.includes('#""')) return answer(query);
        return discovered.length > 1 ? discovered.shift()! : discovered[0]!;
      };
      const system = await setup(scriptedEngine(differs));
      await system.ask();
      return (await system.missing()).filter(isGap);
    };
    const gap = { file: 'engines/user.csv', platform: 'windows' };
    const unlisted = new EngineQueryRejectedError('e', 'x');
    expect(await reasonAfter(unlisted)).toEqual([{ ...gap, reason: 'DYNAMIC_FIELDS_UNKNOWN' }]);
    expect(await reasonAfter(unlisted, new EngineQueryRejectedError('e', 'x', ['#Site']))).toEqual([]);
    expect(await reasonAfter(new EngineQueryRejectedError('e', 'x', []))).toEqual([]);
    expect(await reasonAfter('id\n')).toEqual([{ ...gap, reason: 'EngineAnswerError' }]);
  });

  it('sees a cut that the Engine does not tell of, and asks smaller windows (R12)', async () => {
    const events = days(20, 4);
    const system = await setup(scriptedEngine(engineWith(events, 7)), 1_000);
    await system.ask();
    expect(await system.csv(EXECUTIONS)).toHaveLength(events.length);
    expect(await system.missing()).toEqual([]);
  });

  it('names the day that holds more than the Engine gives at once', async () => {
    const system = await setup(scriptedEngine(engineWith(days(1, 9), 7)), 1_000);
    await system.ask();
    expect(await system.missing()).toEqual([
      { file: EXECUTIONS, platform: 'windows', from: TODAY, to: addDays(TODAY, 1), reason: 'ROW_LIMIT' },
    ]);
  });

  it('asks for fewer rows when the Engine refuses the limit', async () => {
    const answer = engineWith(days(20, 40));
    const refuse = (query: EngineQuery) =>
      Number(/\(limit (\d+)\)/.exec(query.statement)?.[1]) > 300
        ? new EngineQueryRejectedError('e', query.file)
        : answer(query);
    const system = await setup(scriptedEngine(refuse), 10_000);
    await system.ask();
    expect(await system.csv(EXECUTIONS)).toHaveLength(800);
    expect(await system.missing()).toEqual([]);
  });

  it('asks without what a version does not know: links first, then the order', async () => {
    const answer = engineWith(days(3, 1));
    const engineApi = scriptedEngine((query) =>
      / (application|order_by)\b|\(order_by/.test(query.statement) && query.file === EXECUTIONS
        ? new EngineQueryRejectedError('e', query.file)
        : answer(query),
    );
    const system = await setup(engineApi);
    await system.ask();
    expect(await system.csv(EXECUTIONS)).toHaveLength(3);
  });

  it.each([
    ['that this version lacks, as a note', false, 'TABLE_UNKNOWN'],
    ['that the Engine lists and refuses, as a gap (R12)', true, 'REFUSED'],
  ])('names a table %s, and goes on', async (_, isListed, reason) => {
    const answer = engineWith(days(1, 1));
    const system = await setup(
      scriptedEngine(
        (query) =>
          query.file === 'engines/print_jobs.csv'
            ? new EngineQueryRejectedError(engine.engineId, query.file)
            : answer(query),
        Object.keys(ENGINE_TABLES).filter((name) => isListed || name !== 'print_job'),
      ),
    );
    await system.ask();
    expect(await system.missing()).toMatchObject([{ file: 'engines/print_jobs.csv', reason }]);
    expect(await system.csv(EXECUTIONS)).toHaveLength(1);
  });

  it('puts columns that only this Engine has into a file of its own, and drops none (decision 11)', async () => {
    const answer = engineWith(days(1, 1));
    const system = await setup(
      scriptedEngine((query) => {
        const text = answer(query);
        if (query.file !== 'engines/user.csv' || query.statement.includes('(eq name')) return text;
        return query.statement.includes('(identifier 7)') ? 'id\tname\textra\n7\tjdoe\tmore\n' : 'id\tname\textra\n';
      }),
    );
    await system.ask();
    expect(await system.csv(`engines/user.${engine.engineId}.csv`)).toEqual([
      ['engine-1', 'windows', '7', 'jdoe', 'more'],
    ]);
  });

  it('commits nothing when the Engine breaks off at once', async () => {
    const system = await setup(scriptedEngine(() => new EngineUnavailableError('e')));
    await expect(system.ask()).rejects.toThrow(EngineUnavailableError);
    expect(await system.parts.listIndexes(requestId, 1)).toEqual([]);
    expect(system.parts.objects.size).toBe(0);
  });

  it('keeps what it has retrieved when the Engine breaks off later, names the rest, and continues there', async () => {
    const answer = engineWith(days(20, 4));
    let broken = true;
    const engineApi = scriptedEngine((query) =>
      broken && query.file === 'engines/web_requests.csv' ? new EngineUnavailableError('e') : answer(query),
    );
    const system = await setup(engineApi);
    await expect(system.ask()).rejects.toThrow(EngineUnavailableError);
    const [index] = await system.parts.listIndexes(requestId, 1);
    expect(index!.pending!.map(({ file }) => file)).toContain('engines/web_requests.csv');
    broken = false;
    const asked = engineApi.asked.length;

    expect(await system.ask()).toEqual({ more: false });

    expect(engineApi.asked.slice(asked).every(({ file }) => file !== EXECUTIONS)).toBe(true);
    expect(await system.csv(EXECUTIONS)).toHaveLength(80);
  });

  it('refuses a record that does not fit the header, in small answers too', async () => {
    const system = await setup(
      scriptedEngine((query) => (query.file === 'engines/user.csv' ? 'id\tname\n7\tjdoe\n8\n' : 'id\tname\n')),
    );
    await expect(system.ask()).rejects.toThrow(EngineRowsError);
  });

  it('commits nothing once the Request is cancelled (R7)', async () => {
    const system = await setup(scriptedEngine(engineWith(days(1, 1))));
    await system.requests.transition(requestId, 'CANCELLING', { cancelRequested: true });
    await expect(system.ask()).rejects.toThrow(RequestCancelledError);
    expect(system.parts.objects.size).toBe(0);
  });

  it('commits nothing for an attempt that is over, though its cancellation is taken back by a rerun (R7, decision 23)', async () => {
    const system = await setup(scriptedEngine(engineWith(days(1, 1))));
    await system.requests.note(requestId, { attempt: 2 });
    await expect(system.ask()).rejects.toThrow(RequestCancelledError);
    expect(system.parts.objects.size).toBe(0);
  });

  it('takes nothing back of an attempt that a rerun has followed: it may be used (decision 23)', async () => {
    const system = await setup(scriptedEngine(engineWith(days(1, 1))));
    const other = `parts/${requestId}/1/engine-2/0/fragments`;
    system.parts.objects.set(other, Buffer.from('x'));
    const { putIndex } = system.parts;
    system.parts.putIndex = async (...args) => {
      await system.requests.note(requestId, { attempt: 2 });
      return putIndex(...args);
    };
    await expect(system.ask()).rejects.toThrow(RequestCancelledError);
    expect(system.parts.objects.has(other)).toBe(true);
  });

  it('takes back its own attempt alone when the Request was cancelled while it committed (R7, decision 23)', async () => {
    const system = await setup(scriptedEngine(engineWith(days(1, 1))));
    const [other, earlier] = [`parts/${requestId}/1/engine-2/0/fragments`, `parts/${requestId}/0/engine-1/0/fragments`];
    for (const key of [other, earlier]) system.parts.objects.set(key, Buffer.from('x'));
    const { putIndex } = system.parts;
    system.parts.putIndex = async (...args) => {
      await system.requests.transition(requestId, 'CANCELLING', { cancelRequested: true });
      return putIndex(...args);
    };

    await expect(system.ask()).rejects.toThrow(RequestCancelledError);

    expect([...system.parts.objects.keys()]).toEqual([earlier]);
  });

  it('deletes nothing when the store does not answer after the commit', async () => {
    const system = await setup(scriptedEngine(engineWith(days(1, 1))));
    const other = `parts/${requestId}/1/engine-2/0/fragments`;
    system.parts.objects.set(other, Buffer.from('x'));
    const [{ putIndex }, { get }] = [system.parts, system.requests];
    system.parts.putIndex = async (...args) => {
      system.requests.get = async () => {
        throw new Error('the table is busy');
      };
      return putIndex(...args);
    };

    await expect(system.ask()).rejects.toThrow('the table is busy');

    system.requests.get = get;
    expect(system.parts.objects.has(other)).toBe(true);
    expect(await system.ask()).toEqual({ more: false });
  });
});
