import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { companyPeople, type GivenPeople } from '../../local/simulator/world/given-people.ts';
import { ChaosCaller, type Subjects } from '../chaos/callers.ts';
import { Draw } from '../chaos/draw.ts';
import { settle } from '../chaos/settle.ts';
import { Story } from '../chaos/story.ts';
import { CALLERS, SystemProcess } from '../chaos/system-process.ts';
import { CANARY } from '../support/canary-calls.ts';
import { type NoisyPostgres, startNoisyPostgres } from '../support/noisy-postgres.ts';
import { ProcessWatch, placesOf, withIndexesApart } from '../support/places.ts';
import { startPlainPeer } from '../support/plain-peer.ts';
import { missed, plant } from '../support/plant.ts';
import { runAs } from '../support/portal.ts';
import { ENCODINGS, leaks } from '../support/search.ts';
import { storedRequests } from '../support/stored-requests.ts';
import { childrenOf } from '../support/workers.ts';

describe('leaks', () => {
  const word = CANARY.name;
  const isFound = (text: string | Buffer) => leaks({ text }, [word]).length > 0;

  it('finds a word in every spelling of seven encodings', () => {
    const json = JSON.stringify({ word });
    const texts = {
      plain: word,
      'in capitals': word.toUpperCase(),
      'URL-encoded': `?name=${encodeURIComponent(word)}&x`,
      'URL-encoded in small letters': encodeURIComponent(word).toLowerCase(),
      'form-encoded': new URLSearchParams({ name: word }).toString(),
      JSON: json,
      'JSON in ASCII': json.replace('ë', '\\u00EB'),
      'JSON in JSON': JSON.stringify(json),
      'JSON in JSON in ASCII': JSON.stringify(json).replace('ë', '\\\\u00eb'),
      'only escapes': word.replace(/./gs, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`),
      base64url: Buffer.from(`a${word}b`).toString('base64url'),
      hex: Buffer.from(word).toString('hex').toUpperCase(),
      'UTF-16LE': Buffer.from(`ab${word}`, 'utf16le'),
      'UTF-16BE': Buffer.concat([Buffer.alloc(1), Buffer.from(`ab${word}`, 'utf16le')]),
    };
    expect(Object.keys(ENCODINGS)).toHaveLength(7);
    expect(Object.entries(texts).filter(([, text]) => !isFound(text))).toEqual([]);
    expect([isFound('canary'), isFound(`${word.slice(0, -1)}`)]).toEqual([false, false]);
  });

  it('finds a word inside other base64 text, whatever its place there', () => {
    for (const before of ['', 'x', 'xy', 'xyz'])
      expect([before, isFound(Buffer.from(`${before}${word} and more`).toString('base64'))]).toEqual([before, true]);
  });
});

/** People whose names every encoding changes. */
const [RETRIEVED, DEVICE] = ['zoë.canary-4711', 'WS-KANÄRI-4712'];
const ANONYMIZED = Array.from({ length: 10 }, (_, at) => `ünal.canary-${4720 + at}`);
const FULL_NAMES = ['Zoë Canary Überall', 'Ünal Kanärienvogel'];
const PEOPLE: GivenPeople = {
  users: [
    { name: RETRIEVED!, fullName: FULL_NAMES[0]!, devices: [DEVICE!] },
    ...ANONYMIZED.map((name) => ({ name, fullName: FULL_NAMES[1]!, devices: [DEVICE!] })),
  ],
  devices: [{ name: DEVICE! }],
};
const [SEED, ENGINES] = [77, 2];
const MAPPING = resolve(import.meta.dirname, '../../local/portal-database/portal-mapping.json');
/** Functions that a run calls, each killed while it runs. */
const KILLED = ['open-request', 'prepare-engines', 'query-engine', 'query-portal', 'merge-parts', 'close-request'];
const KILLED_CHANGES = ['anonymize-portal', 'maintain-portal', 'verify-portal', 'close-request'];

/** The whole system in a process of its own, with a database that logs all it can, and what calls and kills it. */
class CanaryRun {
  readonly #story = new Story();
  readonly #draw = new Draw(SEED);
  readonly #subjects: Subjects = {
    retrieved: [
      { kind: 'user', name: RETRIEVED! },
      { kind: 'device', name: DEVICE! },
    ],
    anonymized: ANONYMIZED.map((name) => ({ kind: 'user', name })),
  };
  readonly #callers: readonly ChaosCaller[];
  readonly kills: Record<string, number> = {};
  readonly system: SystemProcess;

  constructor(system: SystemProcess) {
    this.system = system;
    this.#callers = CALLERS.map(
      ({ name }) => new ChaosCaller(name, system, this.#story, this.#draw.fork(), this.#subjects),
    );
  }

  /** Everything begins that can be asked about them, and ends. @param meanwhile what happens to it */
  async all(meanwhile: () => Promise<void> = async () => {}): Promise<void> {
    const [anna, approver] = [this.#callers[0]!, this.#callers.at(-1)!];
    const { login } = await this.system.hello();
    const happening = meanwhile();
    for (const subject of this.#subjects.retrieved) await this.#retrieve(subject, login);
    for (const kind of ['rehearse', 'anonymize'] as const) await anna.change(this.#draw.fork(), kind);
    await approver.decide(this.#draw.fork());
    await anna.logIn();
    await happening;
    await settle(this.system, this.#story);
  }

  /** With a wrong password, and with Engines and a list that fail. */
  async failing(): Promise<void> {
    const { login, engines } = await this.system.hello();
    const [subject] = this.#subjects.retrieved;
    await this.#retrieve(subject!, { ...login, password: CANARY.password });
    for (const fault of ['html', 'unauthorized', 'truncate:1']) {
      for (const engine of engines) await this.system.tell({ do: 'engine', engine, fault });
      await this.#retrieve(subject!, login);
      await settle(this.system, this.#story);
    }
    for (const engine of engines) await this.system.tell({ do: 'engine', engine, fault: undefined });
  }

  /** As soon as a process of the function is there it is killed, once. */
  async killOne(name: string): Promise<void> {
    for (const end = Date.now() + 20_000; Date.now() < end; await sleep(10)) {
      const [pid] = this.system.workers(name);
      if (pid === undefined) continue;
      await sleep(this.#draw.int(300));
      if (!this.system.workers(name).includes(pid)) continue; // it has ended meanwhile
      this.#kill(name, pid);
      return;
    }
  }

  /** A session of the database is killed while it works: PostgreSQL says what it was at, and ends all others. */
  async killSession(): Promise<void> {
    const server = childrenOf('self').find(({ command }) => /postgres\0-D/.test(command))!;
    for (const end = Date.now() + 20_000; Date.now() < end; await sleep(2)) {
      const session = childrenOf(server.pid).find(({ command }) =>
        /gdpr_(read|anonymize).*(SELECT|UPDATE)/.test(command),
      );
      if (session) return this.#kill('PostgreSQL', session.pid);
    }
  }

  async killAll(): Promise<void> {
    await sleep(this.#draw.int(1_500));
    this.kills.system = (this.kills.system ?? 0) + 1;
    await this.system.killAndStart();
  }

  #kill(name: string, pid: number): void {
    process.kill(pid, 'SIGKILL');
    this.kills[name] = (this.kills[name] ?? 0) + 1;
  }

  async #retrieve(subject: Subjects['retrieved'][number], login: object): Promise<void> {
    const key = this.#draw.uuid();
    const body = { kind: 'retrieve', subject, sources: ['engine', 'portal'], reference: key, login };
    await this.#callers[0]!.start({ key, caller: 'anna', kind: 'retrieve', name: subject.name }, body);
  }
}

/** The text of a word in a log of PostgreSQL, in each encoding that has no zero bytes. */
async function plantInLog(database: NoisyPostgres, word: string): Promise<string[]> {
  const encodings = Object.entries(ENCODINGS).filter(([name]) => !name.startsWith('UTF-16'));
  for (const [, spell] of encodings)
    await runAs(database, 'owner', `DO $do$ BEGIN RAISE LOG 'x%x', $text$${spell(word).at(-1)}$text$; END $do$`);
  await sleep(500);
  return encodings.map(([encoding]) => `database log: ${word} in ${encoding}`);
}

if (process.env.GDPR_TEST_DEEP === '1') {
  it('neither name nor password is anywhere after runs that succeed, fail and are killed (R24)', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gdpr-canary-'));
    const temporary = join(folder, 'tmp');
    await mkdir(temporary);
    for (const place of [folder, temporary]) await chmod(place, 0o711);
    const peer = await startPlainPeer();
    const database = await startNoisyPostgres(companyPeople(SEED, ENGINES, PEOPLE));
    const { host, port, roles } = database;
    const filled = database.log().length; // what the owner wrote when the database was made
    const passwords = Object.values(roles).map(
      ({ username, password }) => `${host}:${port}:portal:${username}:${password}`,
    );
    const passwordFile = await mkdtemp(join(tmpdir(), 'gdpr-canary-secrets-'));
    process.env.PGPASSFILE = join(passwordFile, 'pgpass');
    await writeFile(process.env.PGPASSFILE, passwords.join('\n'), { mode: 0o600 });
    const watch = new ProcessWatch();
    const system = new SystemProcess(
      {
        seed: SEED,
        dataDir: join(folder, 'data'),
        engines: ENGINES,
        rows: 60,
        now: new Date(Math.floor(Date.now() / 60_000) * 60_000).toISOString(),
        engineTimeoutSeconds: 4,
        peerUrl: peer.url,
        people: PEOPLE,
        portal: { url: `postgresql://${host}:${port}/portal`, mapping: MAPPING },
      },
      temporary,
    );
    try {
      await system.start();
      const run = new CanaryRun(system);
      await run.failing();
      for (const name of [...KILLED, ...KILLED_CHANGES]) await run.all(() => run.killOne(name));
      for (let time = 0; time < 3; time += 1) {
        await run.all(() => run.killSession());
        await run.all(() => run.killAll());
      }
      await run.all();
      expect(Object.keys(run.kills)).toEqual(
        expect.arrayContaining(['query-engine', 'anonymize-portal', 'PostgreSQL', 'system']),
      );

      const secrets = [
        ...[CANARY.password, ...system.passwords],
        ...Object.values(roles).map(({ password }) => password),
      ];
      const words = [RETRIEVED!, ...ANONYMIZED, DEVICE!, ...FULL_NAMES, ...secrets];
      const everywhere = async () => ({
        ...(await placesOf(await system.system(), folder)),
        ...watch.places(),
        'database log': Buffer.from(database.log().slice(filled)),
        webhooks: Buffer.from(JSON.stringify(peer.asked)),
      });
      const places = await everywhere();
      const ends = Map.groupBy(await storedRequests(await system.system()), ({ kind, state }) => `${kind} ${state}`);
      const megabytes = Object.values(places).reduce((sum, { length }) => sum + length, 0) / 2 ** 20;
      const counts = Object.fromEntries([...ends].map(([end, those]) => [end, those.length]));
      console.log(
        JSON.stringify({
          counts,
          kills: run.kills,
          places: Object.keys(places).length,
          megabytes,
          words: words.length,
        }),
      );
      const { indexes, others } = withIndexesApart(places);
      expect([...leaks(others, words), ...leaks(indexes, secrets)]).toEqual([]);

      const planted = await plant(await system.system(), temporary, CANARY.name);
      const inLog = await plantInLog(database, CANARY.name);
      expect(missed({ hits: [...planted.hits, ...inLog] }, leaks(await everywhere(), [CANARY.name]))).toEqual([]);
      planted.uproot();
    } finally {
      watch.stop();
      await system.stop();
      await peer.stop();
      await database.stop();
      delete process.env.PGPASSFILE;
      for (const place of [folder, passwordFile]) await rm(place, { recursive: true, force: true });
    }
  }, 3_600_000);
}
