import { isDeepStrictEqual } from 'node:util';
import type { ListEnginesRights } from '../../modules/engines/adapters/list-engines-api.ts';
import type { AccountPolicy, GivenFacts, LicenceMarker } from '../../modules/engines/settings.ts';
import type { ConnectionRules } from '../../modules/net/https-agent.ts';
import type { Trust } from '../../modules/net/trust.ts';
import type { Engine } from '../../modules/requests/source.ts';
import type { Login } from '../../modules/requests/start-body.ts';
import type { Subject } from '../../modules/requests/subject.ts';
import { halvesOf } from '../../modules/requests/subjects/account-name.ts';
import { VOCABULARY } from './columns.ts';
import { type Exchange, engineFile, PORTAL_FILE, RecordError, type Recording } from './exchange.ts';
import { formsIn, isSought, keyOf } from './forms.ts';
import { leaksIn } from './leaks.ts';
import { outcomeOf } from './outcome.ts';
import { Doors, type RawExchange } from './pass-through.ts';
import { recoded } from './recode.ts';
import { Replacer } from './replace.ts';
import { type Fixtures, replayedOutcome } from './replay.ts';
import { mask, type Report, reportOf } from './report.ts';
import { type RetrievalGiven, type Retrieved, retrieve } from './retrieval.ts';
import { StandIns } from './stand-ins.ts';

/** The real Nexthink, as the settings describe it. */
export interface RealNexthink {
  readonly portalUrl: string;
  readonly portalTrust: Trust;
  readonly auth: ListEnginesRights;
  readonly placeOf: (engine: Engine) => { readonly host: string; readonly port: number; readonly trust: Trust };
  readonly engines: Readonly<Record<string, GivenFacts>>;
  readonly federation: readonly string[] | undefined;
  readonly limits: RetrievalGiven['limits'];
  readonly account: AccountPolicy;
  readonly noLicence: LicenceMarker;
  readonly allowLoopback: boolean;
}

/** Fixtures that may be written, with what a person should look at before. */
export interface Prepared extends Fixtures {
  readonly report: Report;
}

/** What was recorded, in memory alone. */
interface Raw {
  readonly exchanges: ReadonlyMap<string, readonly RawExchange[]>;
  readonly retrieved: Retrieved;
}

/**
 * Records a retrieval and replaces what is personal in it. Nothing is written.
 * @throws {RecordError} an original is left, or a replay does not give the same archive
 */
export async function prepareRecording(subject: Subject, login: Login, nexthink: RealNexthink): Promise<Prepared> {
  const now = new Date(Math.floor(Date.now() / 1000) * 1000);
  const raw = await recordAll(subject, login, now, nexthink);
  const names = [...(subject.accounts ?? []), halvesOf(subject).login, subject.name];
  const standIns = new StandIns();
  const collector = new Replacer(standIns, names);
  replaced(raw, collector);
  standIns.begin();
  const replacer = new Replacer(standIns, names, collector.identity);
  const exchanges = replaced(raw, replacer);
  const facts = Object.entries(nexthink.engines).map(([name, { timezone, version }]) => [
    standIns.text(name),
    { timezone, version },
  ]);
  const recording: Recording = JSON.parse(
    JSON.stringify({
      format: 1,
      recordedAt: now.toISOString(),
      subject: { kind: subject.kind, name: standIns.text(subject.name) },
      limits: nexthink.limits,
      federation: nexthink.federation?.map((name) => standIns.text(name)),
      engines: Object.fromEntries(facts),
      files: [...exchanges.keys()],
      expected: outcomeOf(
        raw.retrieved,
        (name) => standIns.text(name),
        (row) => replacer.row(row),
      ),
    } satisfies Record<keyof Recording, unknown>),
  );
  const fixtures = { recording, exchanges };
  const unsought = refuseLeaks(fixtures, standIns, replacer, [...names, login.username, login.password]);
  await refuseOther(fixtures);
  return { ...fixtures, report: reportOf(fixtures, standIns, replacer, unsought) };
}

/** The files of a recording, by name. */
export const textsOf = ({ recording, exchanges }: Fixtures): Map<string, string> =>
  new Map([
    ['recording.json', `${JSON.stringify(recording, null, 2)}\n`],
    ...[...exchanges].map(([file, all]) => [file, all.map((each) => `${JSON.stringify(each)}\n`).join('')] as const),
  ]);

/** Runs the retrieval through doors that keep each exchange. */
async function recordAll(subject: Subject, login: Login, now: Date, nexthink: RealNexthink): Promise<Raw> {
  const doors = new Doors();
  const { portalUrl, portalTrust, placeOf, allowLoopback, ...given } = nexthink;
  const exchanges = new Map<string, RawExchange[]>();
  const pass = (file: string, base: URL, trust: Trust) => {
    const kept: RawExchange[] = [];
    exchanges.set(file, kept);
    const rules: ConnectionRules = { trust, allowLoopback, now: () => new Date(), onUnchecked: () => {} };
    return doors.pass(base, rules, kept);
  };
  const onListed = async (listed: readonly Engine[]) => {
    const ports = new Map<string, number>();
    for (const [index, engine] of listed.entries()) {
      const { host, port, trust } = placeOf(engine);
      const at = URL.parse(`https://${host.includes(':') ? `[${host}]` : host}:${port}/`);
      if (at) ports.set(engine.engineId, await pass(engineFile(index), at, trust));
    }
    return ports;
  };
  try {
    const portalPort = await pass(PORTAL_FILE, new URL(portalUrl), portalTrust);
    const retrieved = await retrieve({ ...given, subject, login, now, pem: doors.pem, portalPort, onListed });
    return { exchanges, retrieved };
  } finally {
    await doors.close();
  }
}

/** Every exchange with stand-ins. */
function replaced({ exchanges }: Raw, replacer: Replacer): Map<string, Exchange[]> {
  return new Map([...exchanges].map(([file, all]) => [file, all.map((each) => replacedOne(each, replacer))]));
}

function replacedOne({ ask, answer }: RawExchange, replacer: Replacer): Exchange {
  const statement = ask.form?.find(([name]) => name === 'query')?.[1];
  const form = ask.form?.map(([name, value]): [string, string] => [
    name,
    name === 'query' ? replacer.statement(value) : value,
  ]);
  const rewrite = (text: string): string => {
    if (/^\s*</.test(text)) return replacer.page(text, statement ?? '');
    if (statement !== undefined) return answer!.status === 200 ? replacer.table(text, statement) : replacer.words(text);
    try {
      return JSON.stringify(replacer.listedEngines(JSON.parse(text)));
    } catch {
      return replacer.words(text);
    }
  };
  return { ask: form ? { ...ask, form } : ask, ...(answer && { answer: recoded(answer, rewrite) }) };
}

/**
 * Searches the fixtures for each original.
 * @returns words that cannot be sought, since the product or the query language has them too
 * @throws {RecordError} one is there
 */
function refuseLeaks(fixtures: Fixtures, standIns: StandIns, replacer: Replacer, secrets: readonly string[]): string[] {
  const originals = [...standIns.originals, ...secrets.flatMap(formsIn)].filter(isSought);
  const isOfProduct = (word: string) => VOCABULARY.has(word) || replacer.schema.has(word);
  const isShared = (word: string) => isOfProduct(word) || (replacer.kept.has(word) && !replacer.identity.has(word));
  const words = new Set(originals.filter((word) => !isShared(word)));
  const parts = secrets.map(keyOf).filter((secret) => isSought(secret) && !isOfProduct(secret));
  const leaks = leaksIn(textsOf(fixtures), words, parts);
  for (const [file, found] of leaks)
    throw new RecordError(
      `${found.size} originals are still in ${file} (such as ${mask([...found][0]!)}): nothing is written`,
    );
  const names = new Set([...secrets.flatMap(formsIn), ...replacer.identity]);
  return [...names].filter((word) => isSought(word) && isOfProduct(word));
}

/** @throws {RecordError} the recording does not give the archive that was retrieved */
async function refuseOther(fixtures: Fixtures): Promise<void> {
  const { unknown, outcome } = await replayedOutcome(fixtures);
  if (unknown.length > 0)
    throw new RecordError(
      `a replay sends ${unknown.length} queries that were not recorded (${JSON.stringify(unknown[0])}): nothing is written`,
    );
  const { expected } = fixtures.recording;
  const names = new Set([...Object.keys(outcome.files), ...Object.keys(expected.files)]);
  const others = [
    ...[...names].filter((name) => !isDeepStrictEqual(outcome.files[name], expected.files[name])),
    ...(['sources', 'missing'] as const).filter((part) => !isDeepStrictEqual(outcome[part], expected[part])),
  ];
  if (others.length > 0)
    throw new RecordError(`a replay gives another archive (${others.join(', ')}): nothing is written`);
}
