import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readPeopleFile } from '../../../../local/simulator/people-file.ts';
import { companyPeople, type GivenPeople } from '../../../../local/simulator/world/given-people.ts';
import { samplePeople } from '../../../../local/simulator/world/people.ts';
import { rawRows } from '../../../../local/simulator/world/raw-rows.ts';
import { buildWorld } from '../../../../local/simulator/world/world.ts';

const EXAMPLE = 'local/simulator/people.example.json';
const NOW = new Date('2026-11-23T12:00:00Z');
const folder = mkdtempSync(join(tmpdir(), 'people-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(text: string): string {
  const path = join(folder, `${crypto.randomUUID()}.txt`);
  writeFileSync(path, text);
  return path;
}

const two = (people: Partial<GivenPeople>): GivenPeople => ({
  only: true,
  users: [
    { name: 'a@CORP', devices: ['PC-1'] },
    { name: 'a@LAB', devices: ['PC-1'] },
  ],
  devices: [{ name: 'PC-1' }],
  ...people,
});

describe('given people', () => {
  const people = readPeopleFile(EXAMPLE);
  const world = buildWorld({ engines: 2, rows: 2000, seed: 1, now: NOW, people });
  const [engine] = world.engines;

  it('come after the sample company, which stays as it is', () => {
    const sample = samplePeople(1, 2);
    expect(world.people.users.slice(0, sample.users.length)).toEqual(sample.users);
    expect(world.people.devices.slice(0, sample.devices.length)).toEqual(sample.devices);
    const names = [...rawRows(engine!, 'user', 'windows')].map(({ cells }) => cells.name);
    expect(names).toEqual(expect.arrayContaining(['akowal@CORP', 'akowal@LAB', 'akowal', 'AKowal@FIELD']));
  });

  it('have events of their own, each', () => {
    const users = new Map([...rawRows(engine!, 'user', 'windows')].map(({ id, cells }) => [id, cells.name!]));
    const active = [...rawRows(engine!, 'execution', 'windows')].map(({ links }) => users.get(links.user ?? -1));
    for (const name of world.people.given!)
      expect(active.filter((user) => user === name).length, name).toBeGreaterThanOrEqual(3);
  });

  it('log on to phones, and administrate devices on which they do nothing', () => {
    const phones = [...rawRows(engine!, 'device', 'mobile')].map(({ cells }) => [
      cells.name,
      cells.last_logged_on_user,
    ]);
    expect(phones).toEqual(
      expect.arrayContaining([
        ['PH-904', 'kim.lee@CORP'],
        ['PH-905', 'akowal@LAB'],
      ]),
    );
    const devices = new Map([...rawRows(engine!, 'device', 'windows')].map((row) => [row.cells.name, row]));
    expect(devices.get('WS-902')!.cells.local_administrators).toBe('Domain Admins,jmeyer,CORP\\akowal');
    const sample = [...rawRows(engine!, 'user', 'windows')].find(({ cells }) => cells.name === 'jmeyer')!.id;
    const together = ['user_activity', 'execution'].flatMap((table) => [...rawRows(engine!, table, 'windows')]);
    const { id } = devices.get('WS-902')!;
    expect(together.filter(({ links }) => links.user === sample && links.device === id)).toEqual([]);
  });

  it('may be all that there is', () => {
    const alone = buildWorld({ engines: 1, rows: 100, seed: 3, now: NOW, people: two({}) });
    expect(alone.people.users.map(({ name }) => name)).toEqual(['a@CORP', 'a@LAB']);
    expect([...rawRows(alone.engines[0]!, 'execution', 'windows')].length).toBeGreaterThan(10);
  });

  it('come from lines with commas too', () => {
    const path = fileOf(
      '\uFEFFuser,domain,full name,device,platform,engines\r\nkim,CORP,Kim Lee,PC-1,,1;2\r\nkim,CORP,,PH-1,mobile,\r\nkim,LAB,,,,\r\n',
    );
    expect(readPeopleFile(path)).toEqual({
      users: [
        { name: 'kim@CORP', fullName: 'Kim Lee', devices: ['PC-1', 'PH-1'] },
        { name: 'kim@LAB', devices: [] },
      ],
      devices: [
        { name: 'PC-1', engines: [1, 2] },
        { name: 'PH-1', platform: 'mobile' },
      ],
    });
  });

  it.each([
    ['user,age\nkim,3\n', /line 1 .* holds columns of user,domain/],
    ['device\nPC-1\n', /with user among them/],
    ['user,device\nkim\n', /line 2 .* has 1 cells, not 2/],
    ['user,device\n"kim",PC-1\n', /quotes are not read/],
    ['user,device\n,PC-1\n', /line 2 .* has no user/],
    ['{"users": [', /is no JSON/],
  ])('are refused from the file %j, with what to change', (text, message) => {
    expect(() => readPeopleFile(fileOf(text))).toThrow(message);
  });

  it('are refused from a file that is not there', () =>
    expect(() => readPeopleFile(join(folder, 'none.json'))).toThrow(/cannot be read \(ENOENT\)/));

  it.each([
    [{ users: [{ name: '' }] }, /users\[0\]\.name/],
    [{ users: [{ nick: 'kim' }] }, /nick/],
    [{ devices: [{ name: 'PC-1', platform: 'amiga' }] }, /platform/],
    [{ devices: [{ name: 'PC-2' }] }, /a@CORP works on PC-1/],
    [{ devices: [{ name: 'PC-1', engines: [7] }] }, /PC-1 is on engine 7, and there are 2/],
    [{ devices: [{ name: 'PC-1', engines: [1] }] }, /first two users need a Windows device on engine 2/],
  ] as [object, RegExp][])('are refused as %j', (change, message) => {
    const people = two(change as Partial<GivenPeople>);
    expect(() => companyPeople(1, 2, people)).toThrow(message);
  });
});
