import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { type Fixtures, readFixtures, replay } from '../../../local/record/replay.ts';
import { type Simulator, startSimulator } from '../../../local/simulator/simulator.ts';
import { type Outcome, runGdpr } from '../../cli/run-gdpr.ts';
import { type EngineRun, runEngines } from '../../support/engine-run.ts';

/** Words that nothing else holds, one of them beyond ASCII. */
const PERSON = { name: 'Quillfeather@ZORBLAX', fullName: 'Ödön Quillfeather-Xanthe', department: 'Vexillology' };
/** In another case than the Engines have it. */
const TYPED = 'quillfeather@zorblax';
const DEVICE = { name: 'WKS-QWYX77', administrators: ['ZORBLAX\\quillfeather', 'Plumbago'] };

const folder = mkdtempSync(join(tmpdir(), 'record-'));
const out = join(folder, 'recording');
let simulator: Simulator;
let fixtures: Fixtures;
let original: EngineRun;
let texts: string[];
let notAgreed: Outcome;
let written: Outcome;
let isWritten: boolean;

beforeAll(async () => {
  simulator = await startSimulator({
    engines: 2,
    rows: 80,
    faults: ['engine-2=latin1'],
    people: { users: [{ ...PERSON, devices: [DEVICE.name] }], devices: [DEVICE] },
  });
  const trust = { mode: 'ca', pem: simulator.caPem };
  const engines = Object.fromEntries(simulator.engines.map(({ name, port }) => [name, { port, trust }]));
  const config = { portalApi: { url: simulator.portal.url, trust }, engines, allowLoopback: true };
  writeFileSync(join(folder, 'gdpr.yaml'), stringify(config));
  const record = (name: string, ...more: string[]) =>
    runGdpr(['record', '--user', name, '--config', 'gdpr.yaml', '--out', 'recording', ...more], {
      cwd: folder,
      env: { GDPR_LOGIN: simulator.login.username, GDPR_PASSWORD: simulator.login.password },
    });
  notAgreed = await record(TYPED);
  isWritten = existsSync(out);
  written = await record(TYPED, '--yes');
  fixtures = await readFixtures(out);
  texts = readdirSync(out).map((file) => readFileSync(join(out, file), 'utf8'));
  original = await runEngines(simulator, {
    subject: { kind: 'user', name: TYPED },
    now: () => new Date(fixtures.recording.recordedAt),
    ...fixtures.recording.limits,
  });
});
afterAll(async () => {
  await simulator.stop();
  rmSync(folder, { recursive: true });
});

/** Names, addresses and ids that the Engines hold, long enough not to be there by chance. */
function canaries(): string[] {
  const { world, login, engines } = simulator;
  const { users, devices } = world.people;
  const subject = users.at(-1)!;
  const device = devices.at(-1)!;
  const cells = [...original.rows].flatMap(([table, rows]) =>
    rows.flatMap((row) => Object.entries(row).map((cell) => [table, ...cell] as const)),
  );
  const seen = cells.filter(
    ([, column, cell]) =>
      /id$|_uid$|ip_address|mac_address|domain\/name|path|sid$|upn$|full_name/.test(column) && cell.length > 6,
  );
  const some = [...new Set(seen.map(([, , cell]) => cell))].slice(0, 150);
  const words = ['quillfeather', 'zorblax', 'ödön', 'xanthe', 'vexillology', 'qwyx77', 'plumbago'];
  const { sid, upn } = subject;
  const { deviceUid, serial, ipAddress, macAddress } = device;
  const own = [sid, upn, deviceUid, serial, ipAddress, macAddress, subject.name, device.name];
  const uids = engines.map(({ id }) => id);
  return [...words, ...own, ...uids, ...some, login.username, login.password].map((text) => text.toLowerCase());
}

/** A text as it may stand in a file. Letters of Base64 that depend on what stands beside are left out. */
function encodings(text: string): string[] {
  const bytes = [Buffer.from(text), Buffer.from(text, 'utf16le'), Buffer.from(text, 'utf16le').swap16()];
  const base64 = bytes.flatMap((plain) =>
    [0, 1, 2].map((shift) => {
      const whole = Buffer.concat([Buffer.alloc(shift), plain])
        .toString('base64')
        .replace(/=+$/, '');
      return whole.slice(shift === 0 ? 0 : shift + 1, -2);
    }),
  );
  const hex = bytes.map((plain) => plain.toString('hex'));
  const percent = bytes[0]!.toString('hex').replaceAll(/../g, '%$&');
  const escapes = [...text].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
  return [text, encodeURIComponent(text), percent, escapes, ...hex, ...base64].map((each) => each.toLowerCase());
}

describe('gdpr record (R30)', () => {
  it('shows each kind of replacement and what stays, and writes nothing that nobody has agreed to', () => {
    expect(notAgreed).toMatchObject({ code: 1, stderr: 'Nothing was written.\n' });
    expect(notAgreed.stdout).toMatch(/^Recorded: \d+ queries to the Portal and 2 Engines, \d+ rows in the archive\.$/m);
    expect(isWritten).toBe(false);
    expect(written.code).toBe(0);
    for (const kind of ['guid', 'id', 'ip', 'mac', 'number', 'sid', 'word'])
      expect(written.stdout).toMatch(new RegExp(`^ {2}${kind} +\\d+ +\\d+ {3}.* -> `, 'm'));
    expect(written.stdout).toMatch(/^ {2}execution\/start_time: time, \d+, such as 2/m);
    for (const canary of canaries()) expect(written.stdout.toLowerCase()).not.toContain(canary);
  });

  it('leaves no name, address or id in the fixtures, in any encoding', () => {
    const all = texts.join('\n').toLowerCase();
    const left = canaries().filter((canary) => encodings(canary).some((encoded) => all.includes(encoded)));

    expect(canaries().length).toBeGreaterThan(100);
    expect(left).toEqual([]);
  });

  it('replays to the same archive, stand-ins apart', async () => {
    const { files, sources, missing, unknown } = await replay(fixtures);
    const replayed = new Map([...files].map(([file, rows]) => [/^engines\/(\w+)\./.exec(file)![1]!, rows]));
    const listed = JSON.parse(fixtures.exchanges.get('portal.jsonl')![0]!.answer!.body) as { name: string }[];

    expect(unknown).toEqual([]);
    expect(sources.map(({ state }) => state)).toEqual(original.progress.map(({ state }) => state));
    expect(missing.map(({ file, reason }) => `${file} ${reason}`).sort()).toEqual(
      original.missing.map(({ file, reason }) => `${file} ${reason}`).sort(),
    );
    expect([...replayed.keys()].sort()).toEqual([...original.rows.keys()].sort());
    const standIns = new Map<string, string>();
    for (const [table, rows] of original.rows) {
      for (const [index, { name }] of simulator.engines.entries()) {
        const before = rows.filter(({ engine }) => engine === name);
        const after = replayed.get(table)!.filter(({ engine }) => engine === listed[index]!.name);
        expect(after.length, table).toBe(before.length);
        for (const [at, row] of before.entries()) {
          const cells = Object.values(after[at]!);
          for (const [place, cell] of Object.values(row).entries()) {
            const key = `${Object.keys(row)[place]!.replace(/^.*\//, '')}: ${cell}`;
            expect(cells[place], `${table} ${key}`).toBe(standIns.get(key) ?? cells[place]);
            standIns.set(key, cells[place]!);
          }
        }
      }
    }
    expect(standIns.size).toBeGreaterThan(1000);
  });

  it('gives a name one stand-in of its form, in cells, longer texts and questions; ids keep their order', () => {
    const { name } = fixtures.recording.subject;
    const [login, domain] = name.split('@') as [string, string];
    expect([login.length, domain.length]).toEqual(['quillfeather'.length, 'zorblax'.length]);
    expect(name).toMatch(/^[a-z]+@[a-z]+$/);
    const all = texts.join('\n');
    expect(all).toContain(`(pattern \\"${login.toUpperCase()}@*\\")`);
    expect(all).toContain(`(pattern \\"${login.slice(0, 3)}*\\")`);
    expect(all).toContain(`${login[0]!.toUpperCase()}${login.slice(1)}@${domain.toUpperCase()}`);
    expect(all).toContain(`${domain.toUpperCase()}\\\\${login}`);
    const ordered = [...fixtures.exchanges.values()]
      .flat()
      .find(({ ask }) => /order_by id desc/.test(JSON.stringify(ask)));
    const ids = ordered!.answer!.body.trim().split('\n').slice(1).map(Number);
    expect(ids).toEqual([...new Set(ids)].sort((one, other) => other - one));
  });
});
