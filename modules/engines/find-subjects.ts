import * as z from 'zod';
import { folded } from '../common/case-folding.ts';
import { InvalidInputError } from '../common/errors.ts';
import { Count, type ReadonlyDeep } from '../common/shapes.ts';
import type { Engine } from '../requests/source.ts';
import { Login } from '../requests/start-body.ts';
import { NamedSubject, type SubjectKind } from '../requests/subject.ts';
import { canonicalName, halvesOf } from '../requests/subjects/account-name.ts';
import { type CheckLoginPorts, checkLogin } from './check-account.ts';
import { federate } from './federation.ts';
import { queryEach } from './idle-engines.ts';
import { findStatement, isQueryable, objectStatement, pairsStatement, refuseEngineName, refuseName } from './nxql.ts';
import type { EngineClient } from './retrieval/engine-client.ts';
import { accountsMeant, type FoundAccount, findAccounts, findAround, triedFor } from './retrieval/find-accounts.ts';
import type { AccountPolicy } from './settings.ts';
import { PERSON_COLUMNS } from './tables/tables.ts';

export const SubjectsBody = z.strictObject({ subject: NamedSubject, login: Login });
export type SubjectsBody = ReadonlyDeep<z.infer<typeof SubjectsBody>>;

const InPortal = z.strictObject({ fullName: z.string().exactOptional(), department: z.string().exactOptional() });

/** A user or a device of the Portal's identity tables; `name`: with its domain where one is known. */
export type PortalPerson = ReadonlyDeep<z.infer<typeof InPortal>> & { readonly name: string };

const FoundSubject = z.strictObject({
  name: z.string().describe('As the Engines store it; for `accounts` of a request'),
  domain: z.string().exactOptional(),
  meant: z
    .boolean()
    .describe('False: the name may mean it, but its domain is not known. It is retrieved only when chosen'),
  engines: z.array(z.string()).describe('Names of the Engines that hold it'),
  lastSeen: z.string().exactOptional().describe("Latest activity, in the Engine's own time zone"),
  devices: z.array(z.string()).describe('Devices used in the last 30 days, 10 at most'),
  deviceCount: Count.describe('Number of all of these'),
  portal: InPortal.exactOptional().describe('The Portal knows it; what the Portal says of it'),
});

export const SubjectsView = z
  .strictObject({
    subjectKind: NamedSubject.shape.kind,
    accounts: z.array(FoundSubject).describe('Those that the name means, then those that it may mean'),
    nearNames: z
      .array(z.string())
      .describe('Other accounts of the same person; names like it, nearest first, when the name means no account'),
    tried: z.array(z.string()).describe('What the Engines were queried for'),
    answered: Count.describe('Number of Engines that answered'),
    missing: z
      .array(z.strictObject({ name: z.string(), reason: z.string() }))
      .describe('Engines that did not answer: they may hold more accounts'),
  })
  .describe('Which accounts or devices a name may mean. Personal data: it is not stored');
export type SubjectsView = ReadonlyDeep<z.infer<typeof SubjectsView>>;

/** Maximum time of the look-up after the account check: API Gateway waits 29 s for both. */
const MAX_MS = 13_000;
const MAX_DEVICES = 10;
const MAX_NEAR = 10;
/** Maximum letters in which a near name may differ. */
const MAX_DISTANCE = 2;
/** Wait about two seconds for a busy Engine, then query it beside its other query. */
const PATIENCE = { rounds: 5, roundMs: 400, beside: true } as const;
export const LAST_DAYS = { from: 'midnight-30d', to: 'now' };

/** An account on one Engine, with what helps a person to recognise it. */
interface Described extends FoundAccount {
  readonly engine: string;
  readonly lastSeen?: string;
  readonly devices: readonly string[];
}

/**
 * Lists the accounts, or devices, that a typed name may mean on the Engines (R1). The login is checked first: nothing about a
 * person is read before that (R14). @throws {InvalidInputError} and as `checkLogin`
 */
export async function findSubjects(
  { subject, login }: SubjectsBody,
  policy: { readonly account: AccountPolicy },
  ports: CheckLoginPorts,
): Promise<SubjectsView> {
  const { kind, name } = subject;
  const refused = refuseName(name) ?? refuseEngineName(name);
  if (refused) throw new InvalidInputError([{ pointer: '/subject/name', detail: refused }]);
  const found: Described[] = [];
  const [ofPerson, alike] = [new Set<string>(), new Set<string>()];
  const { answered, missing } = await queryFederation(login, 'find-subjects', policy, ports, async (client) => {
    const known = await findAccounts(client, name, kind);
    const [first] = accountsMeant(known);
    const around = first ? undefined : await findAround(client, name, kind);
    const objects = Map.groupBy([...known, ...(around?.accounts ?? [])], (each) => `${each.id} ${each.name}`);
    for (const each of objects.values()) found.push(await describe(client, kind, each));
    if (first && kind === 'user') for (const other of await otherAccountsOf(first, client)) ofPerson.add(other);
    for (const other of nearest(kind, name, around?.others ?? [])) alike.add(other);
  });
  const near = [...(accountsMeant(found).length > 0 ? ofPerson : alike)];
  ports.log.info('subjects listed', { count: found.length });
  return {
    subjectKind: kind,
    accounts: accountsIn(kind, found),
    nearNames: near.filter((other) => !found.some((one) => one.name === other)),
    tried: triedFor(kind, name),
    answered: answered.size,
    missing,
  };
}

/** Queries every connected Engine usually while a caller waits, once the login is checked. @throws as `checkLogin` */
export async function queryFederation(
  login: Login,
  holder: string,
  policy: { readonly account: AccountPolicy },
  ports: CheckLoginPorts,
  work: (client: EngineClient) => Promise<void>,
  maxMs = MAX_MS,
): Promise<{ readonly answered: ReadonlySet<Engine>; readonly missing: SubjectsView['missing'] }> {
  await checkLogin(login, ['engine'], policy.account, ports);
  const { engines } = federate(await ports.portalApi.listEngines(login), ports.federation);
  const connected = engines.filter(({ status }) => status === 'CONNECTED');
  const queries = { holder, patience: PATIENCE, login, isProved: false, work };
  const { answered, failed } = await queryEach(connected, queries, ports, AbortSignal.timeout(maxMs));
  const reasonOf = (engine: Engine) =>
    failed.get(engine)?.name ?? (connected.includes(engine) ? 'EngineTimeoutError' : 'EngineNotConnectedError');
  const missing = engines.filter((engine) => !answered.has(engine));
  return { answered, missing: missing.map((engine) => ({ name: engine.name, reason: reasonOf(engine) })) };
}

/** When an account was last seen, and the devices that it used lately, on all its platforms; without them where the Engine does not say. */
async function describe(client: EngineClient, kind: SubjectKind, objects: readonly FoundAccount[]): Promise<Described> {
  const account = objects[0]!;
  const { id } = account;
  const platforms = [...new Set(objects.map(({ platform }) => platform))];
  const file = `engines/${kind}.csv`;
  const rows = await client.rowsOrNone(objectStatement(kind, id, [], ['id', 'last_seen']), platforms, file);
  const used = { table: 'device', fields: ['name'], event: 'user_activity', subject: kind, id } as const;
  const devices =
    kind === 'user' ? await client.rowsOrNone(pairsStatement({ ...used, between: LAST_DAYS }), platforms, file) : [];
  const lastSeen = rows.find((row) => row.id === id)?.last_seen; // nothing of somebody else is shown
  return {
    ...account,
    engine: client.engine.name,
    devices: devices.flatMap((row) => (row['user/id'] === id && row['device/name']) || []),
    ...(lastSeen !== undefined && lastSeen !== '-' && { lastSeen }),
  };
}

/** Each account once, with what all Engines say of it; those that the name means come first. */
function accountsIn(kind: SubjectKind, found: readonly Described[]): SubjectsView['accounts'] {
  const meant = new Set(accountsMeant(found));
  const groups = Map.groupBy(found, ({ name }) => canonicalName({ kind, name }));
  const accounts = [...groups.values()].map((objects) => {
    const [{ name } = { name: '' }] = objects;
    const { domain } = halvesOf({ kind, name });
    const lastSeen = objects
      .flatMap((object) => object.lastSeen ?? [])
      .sort()
      .at(-1);
    const devices = [...new Set(objects.flatMap((object) => object.devices))].sort();
    return {
      name: name.toWellFormed(),
      ...(domain !== undefined && { domain }),
      meant: objects.some((object) => meant.has(object)),
      engines: [...new Set(objects.map(({ engine }) => engine))].sort(),
      ...(lastSeen !== undefined && { lastSeen }),
      devices: devices.slice(0, MAX_DEVICES),
      deviceCount: devices.length,
    };
  });
  return accounts.sort((a, b) => Number(b.meant) - Number(a.meant) || (a.name < b.name ? -1 : 1));
}

/** Names of a user's other accounts, to be offered and never included: those of the same SID or full name. */
async function otherAccountsOf({ id, platform, name }: FoundAccount, client: EngineClient): Promise<string[]> {
  const names = new Set<string>();
  const send = (statement: string) => client.rowsOrNone(statement, platform, 'engines/user.csv');
  for (const field of PERSON_COLUMNS) {
    const rows = await send(objectStatement('user', id, [], ['id', field])); // a version may know one of them
    const value = rows.find((row) => row.id === id)?.[field] ?? '-';
    if (value === '-' || !isQueryable(value)) continue;
    const statement = findStatement('user', ['id', 'name'], field, value, field === 'sid' ? 'sid' : 'string');
    for (const row of await send(statement)) if (row.name && row.name !== name) names.add(row.name.toWellFormed());
  }
  return [...names].sort().slice(0, MAX_NEAR);
}

/** The names that differ from a typed one in a few letters, or in the domain alone, nearest first. */
function nearest(kind: SubjectKind, typed: string, names: readonly string[]): string[] {
  const loginOf = (name: string) => folded(halvesOf({ kind, name }).login);
  const near = names
    .map((name) => ({ name, distance: distanceOf(loginOf(typed), loginOf(name)) }))
    .filter(({ name, distance }) => distance <= MAX_DISTANCE && isQueryable(name));
  return near
    .sort((one, other) => one.distance - other.distance)
    .slice(0, MAX_NEAR)
    .map(({ name }) => name);
}

/** Number of letters to insert, remove or replace, as far as `MAX_DISTANCE`. */
function distanceOf(one: string, other: string): number {
  const [a, b] = [[...one], [...other]];
  if (Math.abs(a.length - b.length) > MAX_DISTANCE) return MAX_DISTANCE + 1;
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (const [i, letter] of a.entries()) {
    const next = [i + 1];
    for (const [j, against] of b.entries())
      next.push(Math.min(row[j + 1]! + 1, next[j]! + 1, row[j]! + (letter === against ? 0 : 1)));
    row = next;
  }
  return row.at(-1)!;
}
