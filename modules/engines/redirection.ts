import * as z from 'zod';
import { daysAfter, timeAt } from '../common/day-window.ts';
import { Count, Instant, type ReadonlyDeep } from '../common/shapes.ts';
import type { Engine } from '../requests/source.ts';
import type { Login } from '../requests/start-body.ts';
import type { SubjectKind } from '../requests/subject.ts';
import type { CheckLoginPorts } from './check-account.ts';
import { queryFederation } from './find-subjects.ts';
import { lastSeenStatement, newestStatement, type Platform } from './nxql.ts';
import type { AccountPolicy } from './settings.ts';
import { COMPUTERS } from './tables/data-model.ts';
import { platformsOf } from './tables/tables.ts';

/** How names arrive. Whatever is not known to be a hash is `clear`. */
const NameForm = z.enum(['clear', 'hashed', 'absent']);
type NameForm = z.infer<typeof NameForm>;

const Time = z.string().describe("In the Engine's own time zone");

const Arriving = z.strictObject({
  names: z.enum(['devices', 'users', 'domains', 'urls']),
  now: z.enum([...NameForm.options, 'unknown']).describe('`clear`: clear names still arrive'),
  changedAt: Time.exactOptional().describe('When the form changed, where the rows show two'),
  forms: z
    .array(z.strictObject({ form: NameForm, rows: Count, since: Time, until: Time }))
    .describe('What the newest rows hold; the form that came last is first'),
});
type Arriving = ReadonlyDeep<z.infer<typeof Arriving>>;

/** Answer of `POST /v1/redirection`. */
export const RedirectionView = z
  .strictObject({
    checkedAt: Instant,
    engines: z.array(
      z.strictObject({
        name: z.string(),
        reason: z.string().exactOptional().describe('Why it could not be asked; then nothing is known of it'),
        arriving: z.array(Arriving),
      }),
    ),
    advice: z
      .array(z.string())
      .describe('What to switch on, and how to see that it worked; empty when no clear name arrives'),
  })
  .describe('Whether Engines still receive clear names (R29). It holds no name');
export type RedirectionView = ReadonlyDeep<z.infer<typeof RedirectionView>>;

/** The last measurement, for certificates and for the check of the system. */
export interface LastRedirection {
  put(view: RedirectionView): Promise<void>;
  read(): Promise<RedirectionView | undefined>;
}

export type RedirectionPorts = CheckLoginPorts & { readonly lastRedirection: Pick<LastRedirection, 'put'> };

const MAX_ROWS = 1000;

/** Objects by their last row, with the columns of the name, the first and the last row. */
const seen = (table: string, platforms: readonly Platform[]) => ({
  statement: lastSeenStatement(table, MAX_ROWS),
  platforms,
  text: 'name',
  from: 'first_seen',
  to: 'last_seen',
});
const PATHS = newestStatement('web_request', 'url_path', 'path', MAX_ROWS);
const AT = 'web_request/start_time'; // a path has no times of its own
const QUERIES: Readonly<Record<Arriving['names'], ReturnType<typeof seen>>> = {
  devices: seen('device', platformsOf('device')),
  users: seen('user', platformsOf('user')),
  domains: seen('domain', COMPUTERS),
  urls: { statement: PATHS, platforms: ['windows'], text: 'url_path/path', from: AT, to: AT }, // no other platform records them
};

/**
 * Tells from fresh rows of each Engine whether clear names still arrive, and since when (R29). The result is kept: a certificate is made
 * where no login is at hand. The login is checked first.
 * @throws as `checkLogin`
 */
export async function measureRedirection(
  login: Login,
  policy: { readonly account: AccountPolicy },
  ports: RedirectionPorts,
): Promise<RedirectionView> {
  const found = new Map<Engine, RedirectionView['engines'][number]>();
  const at = ports.clock.now();
  const { answered, missing } = await queryFederation(login, 'redirection', policy, ports, async (client) => {
    const { name, timezone } = client.engine;
    const fresh = timeAt(daysAfter(at, -1), timezone);
    const arriving: Arriving[] = [];
    for (const names of Arriving.shape.names.options) {
      const { statement, platforms, text, from, to } = QUERIES[names];
      const send = (on: readonly Platform[]) => client.rowsIfKnown(statement, on, 'redirection');
      const rows = (await send(platforms)) ?? (await send(['windows']));
      const isAlive = arriving[0] ? arriving[0].now !== 'unknown' : rows?.length === 0; // no device: nothing arrives
      const dated = rows?.filter((row) => row[to] !== '-' && row[text] !== '/') ?? []; // the root of a site is no name
      const given = dated.map((row) => ({ text: row[text]!, from: row[row[from] === '-' ? to : from]!, to: row[to]! }));
      arriving.push({ names, ...judgeRows(given, fresh, isAlive && rows !== undefined) });
    }
    found.set(client.engine, { name, arriving });
  });
  const away = missing.map((engine) => ({ ...engine, arriving: [] }));
  const engines = [...[...answered].map((engine) => found.get(engine)!), ...away];
  engines.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
  const clear = engines.flatMap(({ arriving }) =>
    arriving.filter(({ now }) => now === 'clear').map(({ names }) => names),
  );
  const advice = [REDIRECT, ...(clear.includes('users') ? [HASH_USERS] : []), SEE_THAT];
  const view = { checkedAt: at.toISOString(), engines, advice: clear.length > 0 ? advice : [] };
  await ports.lastRedirection.put(view);
  return view;
}

/** Engines at which clear names of a kind still arrived at a measurement, and a line that says so: for certificates and checks. */
export function clearTraffic(kind: SubjectKind, { checkedAt, engines }: RedirectionView) {
  const arriving = (form: Arriving['now']) =>
    engines.filter((engine) => engine.arriving.some(({ names, now }) => names === `${kind}s` && now === form));
  const unknown = engines.filter(({ reason }) => reason !== undefined).length + arriving('unknown').length;
  const rest = unknown > 0 ? `; not known of ${unknown} of ${engines.length} Engines` : '';
  const line = `clear names of ${kind}s still arrived on ${checkedAt.slice(0, 10)}${rest}`;
  return { line, places: arriving('clear').map(({ name }) => name), unknown };
}

/** At least 128 bits as hexadecimal digits or as base64. How Nexthink hashes is not documented; a GUID may well be a name. */
const HASH = /^([0-9a-f]{32,128}|[0-9A-F]{32,128})$|^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[\w+/-]{22,88}={0,2}$/;

function formOf(text: string): NameForm {
  const name = text.replace(/^\//, '').replace(/@[^@]*$/, '');
  if (name === '' || name === '-') return 'absent';
  return HASH.test(name) ? 'hashed' : 'clear';
}

const earliest = (times: readonly string[]): string => times.toSorted()[0]!;
const latest = (times: readonly string[]): string => times.toSorted().at(-1)!;

/**
 * Which form arrives now, and since when. Clear names do until the last of them is older than the first row of another form: as long
 * as some Collectors send them, both come. Where the other form came first, or comes no more, names have changed back. Only rows of
 * the last day count.
 * @param isAlive fresh devices are there, so that no row at all means no name. Older names alone may mean a quiet day
 */
function judgeRows(
  rows: readonly { readonly text: string; readonly from: string; readonly to: string }[],
  fresh: string,
  isAlive: boolean,
): Omit<Arriving, 'names'> {
  const groups = Map.groupBy(rows, ({ text }) => formOf(text));
  const forms = [...groups].map(([form, some]) => ({
    form,
    rows: some.length,
    since: earliest(some.map(({ from }) => from)),
    until: latest(some.map(({ to }) => to)),
  }));
  forms.sort((a, b) => (a.until < b.until ? 1 : -1));
  const isFresh = ({ until }: { readonly until: string }) => until.replace('T', ' ') >= fresh;
  const [newest] = forms;
  if (!newest || !isFresh(newest))
    return { now: isAlive && (!newest || newest.form === 'absent') ? 'absent' : 'unknown', forms };
  const clear = forms.find(({ form }) => form === 'clear');
  const other = forms.find(({ form }) => form !== 'clear');
  if (!clear || !other) return { now: newest.form, forms };
  if (isFresh(clear) && clear.until >= other.since) {
    const isBack = clear.since <= other.since && !isFresh(other); // to names that the Engine knew before
    return { now: 'clear', changedAt: isBack ? other.until : latest([clear.since, other.since]), forms };
  }
  return { now: other.form, changedAt: clear.until > other.since ? clear.until : other.since, forms };
}

const REDIRECT =
  'Redirect the traffic of the Collectors with anonymization: service nxredirect on a secondary appliance, /etc/nexthink/nx_redirect.conf.';
const HASH_USERS =
  'For names of users alone: let the Collectors hash them (registry of Windows: UserName=1 under Nexthink\\Collector\\AnonymizedData; ' +
  'macOS: AnonymizeUserName: true). An Engine that looks users up in Active Directory may put names back.';
const SEE_THAT =
  'Measure again when the devices have been active: new rows must be hashed or absent. What is stored stays until its retention ends.';
