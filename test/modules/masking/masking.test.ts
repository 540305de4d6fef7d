import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { referenceMapping } from '../../../local/portal-database/portal-database.ts';
import { maskedEngine, treatmentOf } from '../../../modules/engines/retrieval/masked-engine.ts';
import { standInsWith } from '../../../modules/masking/stand-ins.ts';
import { PortalMapping } from '../../../modules/portal/mapping/mapping.ts';
import { maskedPortal } from '../../../modules/portal/retrieval/masked-portal.ts';
import type { Subject } from '../../../modules/requests/subject.ts';
import { anEngine, scriptedEngine } from '../../support/fakes.ts';

const device: Subject = { kind: 'device', name: 'LT-101' };
const names = standInsWith('a2V5', device);
const standIn = names.name('jdoe');

/** An answer as it comes out of the door, cells by record. */
async function ask(file: string, answer: string, asker = names, engine = 'e1'): Promise<string[][]> {
  const api = maskedEngine(
    scriptedEngine(() => answer),
    asker,
  );
  const query = { statement: '', platform: 'windows', file } as const;
  let text = '';
  for await (const chunk of await api.query(anEngine(engine), { username: '', password: '' }, query)) text += chunk;
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t'));
}

describe('standInsWith', () => {
  it('stands for one account everywhere, however it is spelled, and for another under another key', () => {
    expect(standIn).toMatch(/^user-[a-z2-7]{8}$/);
    for (const spelling of ['JDOE', 'CORP\\jdoe', 'jdoe@CORP']) expect(names.name(spelling)).toBe(standIn);
    expect(names.name('jdoe2')).not.toBe(standIn);
    expect(standInsWith('b3RoZXI=', device).name('jdoe')).not.toBe(standIn);
  });

  it('keeps what means nobody, and the Subject', () => {
    expect(['-', '', 'N/A', 'unknown'].map((text) => names.name(text))).toEqual(['-', '', 'N/A', 'unknown']);
    const own = standInsWith('a2V5', { kind: 'user', name: 'jdoe@CORP' });
    expect([own.name('CORP\\jdoe'), own.name('jdoe@CORP')]).toEqual(['CORP\\jdoe', 'jdoe@CORP']);
    expect(own.names('Domain Admins,CORP\\jdoe, ann')).toBe(
      `${own.name('Domain Admins')},CORP\\jdoe, ${own.name('ann')}`,
    );
  });

  it('takes names out of profile folders, on Windows and macOS, in lists too', () => {
    expect(names.path('C:\\Users\\jdoe\\AppData\\x.exe,/Users/jdoe/Applications/y')).toBe(
      `C:\\Users\\${standIn}\\AppData\\x.exe,/Users/${standIn}/Applications/y`,
    );
    expect(names.path('C:\\Users\\Public\\x.exe')).toBe('C:\\Users\\Public\\x.exe');
    expect(names.path('C:\\Windows\\notepad.exe')).toBe('C:\\Windows\\notepad.exe');
  });
});

describe('treatmentOf', () => {
  it('hides every field of another user that is not known to be harmless', () => {
    const treat = (column: string) => treatmentOf('engines/executions.csv', column, 'device');
    expect(['user/name', 'user/id', 'user/sid', 'user/upn', 'user/never_heard_of', 'user/#Badge'].map(treat)).toEqual([
      ...['name', 'id', 'hide', 'hide', 'hide', 'hide'],
    ]);
    expect(['user/last_seen', 'device/name', 'device/ip_addresses', 'domain/name'].map(treat)).toEqual([
      ...['keep', 'keep', 'keep', 'keep'],
    ]);
    expect(['device/last_logged_on_user', 'device/local_administrators', 'device/owner'].map(treat)).toEqual([
      ...['name', 'names', 'hide'],
    ]);
    expect(['execution/binary_path', 'binary/paths', 'execution/id'].map(treat)).toEqual(['path', 'path', 'keep']);
    expect(treatmentOf('engines/execution_errors.csv', 'execution_error/info', 'device')).toBe('hide');
  });

  it('knows the table of bare columns by the file, and leaves the user who asked alone', () => {
    expect(treatmentOf('engines/users_of_device.csv', 'name', 'device')).toBe('name');
    expect(treatmentOf('engines/device.csv', 'name', 'device')).toBe('keep');
    expect(treatmentOf('engines/device.csv', 'last_logged_on_user', 'device')).toBe('name');
    expect(treatmentOf('engines/user.csv', 'full_name', 'user')).toBe('keep');
  });
});

describe('maskedEngine', () => {
  const header = 'execution/id\tuser/id\tuser/name\tuser/full_name\tuser/last_seen\texecution/binary_path\n';

  it('lets no other name through, keeps the rest, and says "masked" where somebody is told', async () => {
    const [, row] = await ask(
      'engines/executions.csv',
      `${header}1\t77\tjdoe\tJane Doe\t2026-11-20T08:00:00\tC:\\Users\\jdoe\\x.exe\n`,
    );
    expect(row).toEqual([
      '1',
      names.id('e1-uid', '77'),
      standIn,
      'masked',
      '2026-11-20T08:00:00',
      `C:\\Users\\${standIn}\\x.exe`,
    ]);
  });

  it('gives one person one stand-in on all Engines, and ids one for each Engine', async () => {
    const answer = `${header}1\t77\tjdoe\t-\t-\t-\n`;
    const [first, second] = await Promise.all([
      ask('engines/x.csv', answer),
      ask('engines/x.csv', answer, names, 'e2'),
    ]);
    expect(first[1]![2]).toBe(second[1]![2]);
    expect(first[1]![1]).not.toBe(second[1]![1]);
    expect(first[1]!.slice(3)).toEqual(['-', '-', '-']);
  });

  it('keeps cells with quotes, tabs and line ends whole', async () => {
    const api = maskedEngine(
      scriptedEngine(() => 'execution/id\tbinary/description\n1\t"a ""b""\tc\nd"\n'),
      names,
    );
    const query = { statement: '', platform: 'windows', file: 'engines/executions.csv' } as const;
    const stream = await api.query(anEngine('e1'), { username: '', password: '' }, query);
    expect(await text(stream)).toBe('execution/id\tbinary/description\n1\t"a ""b""\tc\nd"\n');
  });

  it('passes a failure on while rows are read', async () => {
    const broken = Readable.from(
      (async function* () {
        yield Buffer.from(header);
        throw new Error('cut');
      })(),
    );
    const api = maskedEngine({ query: async () => broken }, names);
    const query = { statement: '', platform: 'windows', file: 'engines/executions.csv' } as const;
    const stream = await api.query(anEngine('e1'), { username: '', password: '' }, query);
    await expect(text(stream)).rejects.toThrow('cut');
  });
});

describe('maskedPortal', () => {
  it('names no other user and hides what may mention anybody', async () => {
    const mapping = PortalMapping.parse(await referenceMapping());
    const columns = ['day', 'metric', 'metric_value', 'user_name', 'device_name', 'details'];
    const row = ['2026-11-01', 'Crashes', '3', 'jdoe', 'LT-101', '{"who":"jdoe"}'];
    const database = {
      async *readSubject() {
        yield {
          file: 'count_metric_details',
          columns,
          batches: (async function* () {
            yield [row, [...row.slice(0, 3), null, 'LT-101', null]];
          })(),
        };
        yield {
          file: 'not_mapped',
          columns: ['x'],
          batches: (async function* () {
            yield [['jdoe']];
          })(),
        };
      },
    };
    const read: unknown[] = [];
    for await (const { batches } of maskedPortal(database, mapping, names).readSubject(device)) {
      for await (const batch of batches) read.push(...batch);
    }
    expect(read).toEqual([
      ['2026-11-01', 'Crashes', '3', standIn, 'LT-101', 'masked'],
      ['2026-11-01', 'Crashes', '3', null, 'LT-101', null],
      ['masked'],
    ]);
  });
});
