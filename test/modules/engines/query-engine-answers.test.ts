import { describe, expect, it } from 'vitest';
import type { PartIndex } from '../../../modules/archive/fragment.ts';
import { addDays } from '../../../modules/common/day-window.ts';
import {
  EngineAnswerError,
  EngineAuthError,
  EngineQueryRejectedError,
  EngineRowsError,
  EngineUnavailableError,
} from '../../../modules/engines/errors.ts';
import type { EngineQuery } from '../../../modules/engines/ports.ts';
import { scriptedEngine } from '../../support/fakes.ts';
import { days, EXECUTIONS, engineWith, requestId, setup, spanOf, TODAY } from '../../support/scripted-executions.ts';

const page = new EngineAnswerError('e', 'a web page instead of data');
const tooMuch = new EngineRowsError('e', 'more than 10 bytes');

/** The scripted Engine, but for the queries that `differs` answers itself. */
const differing = (differs: (query: EngineQuery) => string | Buffer | Error | undefined, events = days(20, 2)) => {
  const answer = engineWith(events);
  return scriptedEngine((query) => differs(query) ?? answer(query));
};

describe('queryEngine, when one answer is not what it should be (R12)', () => {
  it.each(['engines/web_requests.csv', 'engines/devices_used.csv', 'engines/user.csv'])(
    'names %s as missing after a page instead of rows, and goes on',
    async (file) => {
      const wrong = (query: EngineQuery) =>
        query.file === file && !query.statement.includes('(eq name') ? page : undefined;
      const system = await setup(differing(wrong));
      expect(await system.ask()).toEqual({ more: false });
      const missing = (await system.missing()).filter((gap) => gap.file === file);
      expect(missing).toContainEqual(expect.objectContaining({ platform: 'windows', reason: 'EngineAnswerError' }));
      expect(await system.csv(EXECUTIONS)).toHaveLength(40);
      expect(await system.requests.listProgress(requestId)).toMatchObject([{ state: 'DONE', gaps: missing.length }]);
    },
  );

  it('asks for smaller windows after an answer that was too long, and brings every row', async () => {
    const wide = ({ statement, file }: EngineQuery) => {
      if (file !== EXECUTIONS || statement.includes('identifier 0')) return undefined;
      const { from, to } = spanOf(statement);
      return addDays(from, 6) < to ? tooMuch : undefined;
    };
    const system = await setup(differing(wide), 1_000);
    await system.ask();
    expect(await system.csv(EXECUTIONS)).toHaveLength(40);
    expect(await system.missing()).toEqual([]);
  });

  it('loses no more than the day of a record that is broken', async () => {
    const day = addDays(TODAY, -9);
    const broken = ({ statement, file }: EngineQuery) => {
      if (file !== EXECUTIONS || statement.includes('identifier 0')) return undefined;
      const { from, to } = spanOf(statement);
      return from <= day && day < to ? 'execution/id\tuser/id\n1\t7\tone too many\n' : undefined;
    };
    const system = await setup(differing(broken), 1_000);
    await system.ask();
    expect(await system.csv(EXECUTIONS)).toHaveLength(38);
    const window = { from: day, to: addDays(day, 1) };
    expect(await system.missing()).toEqual([
      { file: EXECUTIONS, platform: 'windows', ...window, reason: 'EngineRowsError' },
    ]);
  });

  it('does not ask day by day where every answer is broken', async () => {
    const engineApi = differing(({ file, statement }) =>
      file === EXECUTIONS && !statement.includes('identifier 0') ? tooMuch : undefined,
    );
    const system = await setup(engineApi);
    await system.ask();
    expect(engineApi.asked.filter(({ file }) => file === EXECUTIONS).length).toBeLessThan(30);
    const lost = (await system.missing()).filter(({ reason }) => reason === 'EngineRowsError');
    expect([lost[0]!.from, lost.at(-1)!.to]).toEqual([addDays(TODAY, -30), addDays(TODAY, 1)]);
    expect(lost.slice(1).map(({ from }) => from)).toEqual(lost.slice(0, -1).map(({ to }) => to));
  });

  it('ends the Engine when it refuses the login, or answers its first question with a page', async () => {
    const refused = await setup(differing(({ file }) => (file === EXECUTIONS ? new EngineAuthError('e') : undefined)));
    await expect(refused.ask()).rejects.toThrow(EngineAuthError);
    const paged = await setup(scriptedEngine(() => page));
    await expect(paged.ask()).rejects.toThrow(EngineAnswerError);
  });
});

describe('queryEngine, where no Engine has told the header of a file (decision 11)', () => {
  it('keeps a header without rows in a file of its own, and none where a header was agreed', async () => {
    const system = await setup(differing(() => undefined, []));
    await system.ask();
    const [{ fragments }] = (await system.parts.listIndexes(requestId, 1)) as [PartIndex];
    const own = fragments.find(({ file }) => file === 'engines/web_requests.engine-1-uid.csv');
    expect(own).toMatchObject({ rows: 0, rawBytes: 0, deflateBytes: 0 });
    expect(own!.columns.slice(0, 3)).toEqual(['engine', 'platform', 'user/id']);
    expect(fragments.map(({ file }) => file)).not.toContain(EXECUTIONS);
  });
});

describe('queryEngine, dynamic fields by platform (R9)', () => {
  /** A user on both platforms, each with fields of its own; `refuses` names fields that are told of and not given. */
  const bothPlatforms = (told: Readonly<Record<string, readonly string[] | Error>>, refuses: readonly string[] = []) =>
    differing(({ statement, platform, file }) => {
      if (statement.includes('(eq name')) return 'id\tname\n7\tjdoe\n';
      const fields = [...statement.matchAll(/#"([^"]+)"/g)].map(([, name]) => name!);
      const names = told[platform]!;
      if (statement.includes('#""'))
        return names instanceof Error
          ? names
          : new EngineQueryRejectedError(
              'e',
              file,
              names.map((name) => `#${name}`),
            );
      if (fields.length === 0) return undefined;
      const known = names instanceof Error ? ['Site'] : names;
      if (fields.some((name) => refuses.includes(name) || !known.includes(name)))
        return new EngineQueryRejectedError('e', file);
      const rows = statement.includes('identifier 0')
        ? ''
        : `7\tjdoe\t${fields.map((name) => `${name} of ${platform}`).join('\t')}\n`;
      return `id\tname\t${fields.map((name) => `#${name}`).join('\t')}\n${rows}`;
    }, []);
  const values = async (system: Awaited<ReturnType<typeof setup>>) =>
    (await system.csv('engines/user_dynamic_fields.csv')).map(([, platform, , , field, value]) => [
      platform,
      field,
      value,
    ]);

  it('asks each platform for its own', async () => {
    const system = await setup(bothPlatforms({ windows: ['Site'], mac_os: ['Desk', 'Floor'] }));
    await system.ask();
    expect(await values(system)).toEqual([
      ['windows', 'Site', 'Site of windows'],
      ['mac_os', 'Desk', 'Desk of mac_os'],
      ['mac_os', 'Floor', 'Floor of mac_os'],
    ]);
    expect(await system.missing()).toEqual([]);
  });

  it('tries those of the other platform where one ends the exchange without a page, and says so', async () => {
    const system = await setup(bothPlatforms({ windows: ['Site', 'Desk'], mac_os: new EngineUnavailableError('e') }));
    await system.ask();
    expect(await values(system)).toContainEqual(['mac_os', 'Site', 'Site of mac_os']);
    expect(await system.missing()).toEqual([
      { file: 'engines/user.csv', platform: 'mac_os', reason: 'EngineUnavailableError' },
    ]);
  });

  it('names fields that are listed and cannot be retrieved, and retrieves the others', async () => {
    const windows = ['Site', 'odd', 'both " and \' quotes'];
    const system = await setup(bothPlatforms({ windows, mac_os: ['Site'] }, ['odd']));
    await system.ask();
    expect(await values(system)).toEqual([
      ['windows', 'Site', 'Site of windows'],
      ['mac_os', 'Site', 'Site of mac_os'],
    ]);
    expect(await system.missing()).toEqual([
      { file: 'engines/user.csv', platform: 'windows', reason: 'FIELDS_REFUSED' },
    ]);
  });
});

describe('queryEngine, where a statement with every dynamic field is refused, and each field alone is not (R12)', () => {
  it('brings the object without them, and names them as missing in both files', async () => {
    const engineApi = differing(({ statement, platform, file }) => {
      const fields = statement.match(/#"[^"]+"/g) ?? [];
      if (statement.includes('#""'))
        return new EngineQueryRejectedError('e', file, platform === 'windows' ? ['#Site', '#Desk'] : []);
      return fields.length > 1 ? new EngineQueryRejectedError('e', file) : undefined;
    });
    const system = await setup(engineApi);
    await system.ask();
    expect(await system.csv('engines/user.csv')).toHaveLength(1);
    expect(await system.missing()).toEqual([
      { file: 'engines/user.csv', platform: 'windows', reason: 'FIELDS_REFUSED' },
      { file: 'engines/user_dynamic_fields.csv', platform: 'windows', reason: 'FIELDS_REFUSED' },
    ]);
  });
});

describe('queryEngine, when the user is removed from the Engine meanwhile (C5)', () => {
  it('keeps the rows that came before, and names the Engine', async () => {
    let isGone = false;
    const engineApi = differing(({ statement, file }) => {
      if (file === 'engines/connections.csv' && !statement.includes('identifier 0')) isGone = true;
      if (isGone && statement.includes('(eq name')) return 'id\tname\n';
      return undefined;
    });
    const system = await setup(engineApi, 1_000);
    expect(await system.ask()).toEqual({ more: false });
    expect(isGone).toBe(true);
    expect(await system.csv('engines/user.csv')).toHaveLength(1);
    expect(await system.csv(EXECUTIONS)).toHaveLength(40);
    expect(await system.missing()).toContainEqual({ file: 'engines/user.csv', reason: 'IDS_CHANGED' });
  });
});

describe('queryEngine, of a user on two platforms (C5)', () => {
  type Ids = Readonly<Record<string, string>>;
  /** An Engine on which the user has these ids, and others once connections were queried; each id has events of its own. */
  const changing = (before: Ids, after: Ids) => {
    let ids = before;
    return differing(({ statement, platform, also = [], file }) => {
      const meant = /identifier (\d+)/.exec(statement)?.[1];
      if (file === 'engines/connections.csv' && meant !== '0') ids = after;
      if (statement.includes('(eq name'))
        return `id\tname\n${[platform, ...also].flatMap((each) => (ids[each] ? [`${ids[each]}\tjdoe\n`] : [])).join('')}`;
      if (file !== EXECUTIONS || meant === '0') return undefined;
      const row = `${meant}1\t${TODAY}T08:00:00\t${meant}\tjdoe\n`;
      return `execution/id\texecution/start_time\tuser/id\tuser/name\n${meant === ids[platform] ? row : ''}`;
    });
  };
  const executionsOf = async (before: Ids, after: Ids) => {
    const system = await setup(changing(before, after), 1_000);
    await system.ask();
    expect(await system.missing()).toContainEqual({ file: 'engines/user.csv', reason: 'IDS_CHANGED' });
    return (await system.csv(EXECUTIONS)).map(([, platform, id]) => `${platform} ${id}`).sort();
  };

  it('queries an object that is new, once', async () => {
    expect(await executionsOf({ windows: '7' }, { windows: '7', mac_os: '8' })).toEqual(['mac_os 81', 'windows 71']);
    expect(await executionsOf({ windows: '7' }, { mac_os: '8' })).toEqual(['mac_os 81', 'windows 71']);
  });

  it('keeps the rows of one that is gone while the other gets a new id', async () => {
    expect(await executionsOf({ windows: '7', mac_os: '8' }, { mac_os: '9' })).toEqual(['mac_os 91', 'windows 71']);
  });
});

describe('queryEngine, of lists that are short (R12)', () => {
  const USED = 'engines/devices_used.csv';
  const LAST = 'engines/devices_last_logged_on.csv';

  /** A user who ran a program on each of 20 devices; the list of devices has `came[n]` of them when it is queried for the nth time. */
  const onDevices = (came: readonly number[]) => {
    const executions = engineWith(days(20, 1));
    let asked = 0;
    return scriptedEngine((query) => {
      const { statement, platform, file } = query;
      if (file === USED && platform === 'windows' && statement.includes('(with execution')) {
        const rows = Array.from({ length: came[asked++]! }, (_, i) => `7\t${100 + i}\tPC-${100 + i}\n`);
        return `user/id\tdevice/id\tdevice/name\n${rows.join('')}`;
      }
      const answer = executions(query);
      if (file !== EXECUTIONS || typeof answer !== 'string' || !statement.includes('(device (*))')) return answer;
      const [head, ...rows] = answer.trimEnd().split('\n');
      return `${head}\tdevice/id\n${rows.map((row) => `${row}\t${100 + (Number(row.split('\t')[0]) % 20)}\n`).join('')}`;
    });
  };
  const after = async (engineApi: ReturnType<typeof scriptedEngine>, file: string) => {
    const system = await setup(engineApi);
    await system.ask();
    const missing = (await system.missing()).filter((gap) => gap.file === file);
    return { rows: (await system.csv(file)).length, missing };
  };

  it.each([0, 6, 19])('names a list with %i of the 20 devices that are in the events', async (came) => {
    const missing = [{ file: USED, platform: 'windows', reason: 'INCONSISTENT' }];
    expect(await after(onDevices([came, came]), USED)).toEqual({ rows: came, missing });
  });

  it('queries a list again that was short once, and no list that was whole', async () => {
    expect(await after(onDevices([19, 20]), USED)).toEqual({ rows: 20, missing: [] });
    expect(await after(onDevices([20]), USED)).toEqual({ rows: 20, missing: [] });
  });

  it('remembers the devices of the events when the lists are queried by another call', async () => {
    const system = await setup(onDevices([19, 19]));
    let queries = 0;
    for (let more = true; more; ) ({ more } = await system.ask(() => queries++ % 2 === 0));
    expect((await system.missing()).filter(({ file }) => file === USED)).toMatchObject([{ reason: 'INCONSISTENT' }]);
  });

  it('leaves devices of somebody else out and says so, though no row of a device names the user', async () => {
    const foreign = differing(({ statement, platform, file }) =>
      file === USED && platform === 'windows' && statement.includes('(with execution')
        ? 'user/id\tdevice/id\n8\t100\n'
        : undefined,
    );
    const missing = [{ file: USED, platform: 'windows', reason: 'FOREIGN_ROWS' }];
    expect(await after(foreign, USED)).toEqual({ rows: 0, missing });
  });

  const isIds = (statement: string) => statement.startsWith('(select (id) ');
  it.each([
    ['that lacks a device', (ids: string) => (ids.includes('desc') ? 3 : 2), ['INCONSISTENT']],
    ['that is whole', () => 3, []],
    [
      'that lacks one, where ids cannot be ordered',
      (all: string) => (all.includes('desc') ? 0 : isIds(all) ? 3 : 2),
      ['INCONSISTENT'],
    ],
    ['that is whole, where ids cannot be ordered', (all: string) => (all.includes('desc') ? 0 : 3), []],
    ['that cannot be confirmed', (all: string) => (isIds(all) ? 0 : 3), ['UNCONFIRMED']],
  ])('confirms the list of every device by its ids: one %s', async (_, count, missing) => {
    const engineApi = differing(({ statement, platform, file }) => {
      if (file !== LAST || platform !== 'windows') return undefined;
      const rows = count(statement);
      if (rows === 0) return new EngineQueryRejectedError('e', file);
      return `id\tlast_logged_on_user\n${Array.from({ length: rows }, (_, i) => `${i}\tjdoe\n`).join('')}`;
    });
    const { rows, missing: named } = await after(engineApi, LAST);
    expect([rows, [...new Set(named.map(({ reason }) => reason))]]).toEqual([count(''), missing]);
  });

  it('names a list of every device that an Engine refuses, though it lists devices (R12)', async () => {
    const refusing = differing(({ file, statement }) =>
      file === LAST && statement.includes('last_logged') ? new EngineQueryRejectedError('e', file) : undefined,
    );
    const { missing } = await after(refusing, LAST);
    expect(new Set(missing.map(({ reason }) => reason))).toEqual(new Set(['REFUSED']));
  });

  it('names a list that is as long as the limit that events have shown', async () => {
    const executions = engineWith(days(20, 2), 10);
    const capped = scriptedEngine((query) => {
      if (query.file !== LAST || query.platform !== 'windows') return executions(query);
      return `id\tlast_logged_on_user\n${Array.from({ length: 10 }, (_, i) => `${i}\tjdoe\n`).join('')}`;
    });
    expect(await after(capped, EXECUTIONS)).toEqual({ rows: 40, missing: [] });
    expect(await after(capped, LAST)).toMatchObject({ rows: 10, missing: [{ reason: 'ROW_LIMIT' }] });
  });
});

describe('queryEngine, when answers lack a column that others of the version have (R12)', () => {
  const STATUS = 'execution/status';

  it.each([
    ['once: it is queried once more', (asked: number) => asked === 0, true, []],
    ['always: its rows stay, and it is named', () => true, true, ['COLUMNS_MISSING']],
    ['and the Engine does not list it: nothing is lost', () => true, false, []],
  ])('%s', async (_, lacks, isListed, reasons) => {
    let asked = 0;
    const executions = engineWith(days(20, 2));
    const engineApi = scriptedEngine((query) => {
      const answer = executions(query);
      if (typeof answer !== 'string' || !query.statement.includes('(execution (*))')) return answer;
      const hasIt = query.statement.includes('identifier 0') ? isListed : !lacks(asked++);
      const cellOf = (line: number) => (line === 0 ? STATUS : 'started');
      const longer = answer.split('\n').map((line, at) => (line === '' ? '' : `${line}\t${cellOf(at)}`));
      return hasIt ? longer.join('\n') : answer;
    });
    const system = await setup(engineApi, 1_000);
    const frame = await system.parts.getFrame(requestId, 1);
    const files = frame.files.map(({ file, columns }) => ({
      file,
      columns: file === EXECUTIONS ? [...columns, STATUS] : columns,
    }));
    const columns = { [EXECUTIONS]: { windows: ['execution/id', STATUS] } };
    await system.parts.putFrame(requestId, 1, { ...frame, files, columns });

    await system.ask();

    const rows = await system.csv(EXECUTIONS);
    expect(rows).toHaveLength(40);
    expect(rows.filter((row) => row.at(-1) === 'started')).toHaveLength(isListed && reasons.length === 0 ? 40 : 0);
    const missing = (await system.missing()).filter(({ file }) => file === EXECUTIONS);
    expect(missing.map(({ reason }) => reason)).toEqual(reasons);
  });
});

describe('queryEngine at midnight (decision 21)', () => {
  it('asks again when the day changed while a day without its neighbours was answered, and loses none of its rows', async () => {
    const [day, tomorrow] = [addDays(TODAY, -9), addDays(TODAY, 1)];
    const on = (count: number, ago: number, id: number) =>
      Array.from({ length: count }, (_, i) => ({ id: id + i, start: `${addDays(TODAY, -ago)}T08:00:00` }));
    const answer = engineWith([...on(24, 10, 100), ...on(3, 9, 200), ...on(2, 8, 300)], 25);
    let today = TODAY;
    /** The words of a statement, as they are meant a day later. */
    const dayLater = (statement: string) => statement.replace(/midnight-(\d+)d/g, (_, ago) => `midnight-${ago - 1}d`);
    let asked = 0;
    const engineApi = scriptedEngine((query) => {
      const { statement, file } = query;
      if (file === EXECUTIONS && query.platform === 'windows' && !statement.includes('identifier 0')) {
        const { from, to } = spanOf(statement);
        if (today === TODAY && from === day && to === addDays(day, 1)) today = tomorrow; // before the Engine looks
        if (today === tomorrow) asked += 1;
      }
      return answer(today === TODAY ? query : { ...query, statement: dayLater(statement) });
    });
    const system = await setup(engineApi, 1_000);
    system.clock.now = () => new Date(`${today}T00:00:01Z`);
    await system.ask();

    const ids = (await system.csv(EXECUTIONS)).map((row) => Number(row[2]));
    expect(asked).toBeGreaterThan(1);
    expect(ids.filter((id) => id >= 200 && id < 300).sort()).toEqual([200, 201, 202]);
    expect(ids).toHaveLength(29);
  });
});
