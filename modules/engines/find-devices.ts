import * as z from 'zod';
import { daysAfter, timeAt } from '../common/day-window.ts';
import type { ReadonlyDeep } from '../common/shapes.ts';
import { RemovalPlace } from '../requests/removal.ts';
import type { Engine } from '../requests/source.ts';
import type { Login } from '../requests/start-body.ts';
import type { CheckLoginPorts } from './check-account.ts';
import { EngineAnswerError } from './errors.ts';
import { LAST_DAYS, queryFederation } from './find-subjects.ts';
import { objectStatement, pairsStatement } from './nxql.ts';
import type { EngineClient } from './retrieval/engine-client.ts';
import { type FoundAccount, findAccounts, findInAnyCase, showsAnything } from './retrieval/find-accounts.ts';
import type { AccountPolicy } from './settings.ts';

const FoundDevice = z.strictObject({
  name: z.string().describe('As the Engine stores it'),
  meant: z.boolean().describe('False: it may be the device, but its domain is not known'),
  lastSeen: z.string().exactOptional().describe("Last activity, in the Engine's own time zone"),
  storagePolicy: z.string().exactOptional().describe('Where the Engine tells'),
  users: z.array(z.string()).exactOptional().describe('Active on it in the last 30 days, where the Engine tells'),
});
type FoundDevice = ReadonlyDeep<z.infer<typeof FoundDevice>>;

export const DevicePlace = RemovalPlace.extend({ devices: z.array(FoundDevice) });
export type DevicePlace = ReadonlyDeep<z.infer<typeof DevicePlace>>;

/**
 * Looks for devices on every federated Engine (R28). An Engine that cannot be asked, or whose answers do not prove themselves, is
 * `UNKNOWN` for all of them. The login is checked first.
 * @param maxMs for all Engines; by default a caller waits
 * @returns for each name what each Engine holds
 * @throws as `checkLogin`
 */
export async function findDevices(
  names: readonly string[],
  login: Login,
  policy: { readonly account: AccountPolicy },
  ports: CheckLoginPorts,
  maxMs?: number,
): Promise<readonly (readonly DevicePlace[])[]> {
  const found = new Map<Engine, DevicePlace[]>();
  const dayAgo = daysAfter(ports.clock.now(), -1);
  const work = async (client: EngineClient) => {
    const { name: engine, timezone } = client.engine;
    const places: DevicePlace[] = [];
    for (const name of names) places.push(placeOf(engine, await devicesOn(client, name), timeAt(dayAgo, timezone)));
    found.set(client.engine, places);
  };
  const { answered, missing } = await queryFederation(login, 'find-devices', policy, ports, work, maxMs);
  const away = missing.map((engine) => ({ ...engine, state: 'UNKNOWN' as const, open: [], devices: [] }));
  const { compare } = new Intl.Collator('en', { numeric: true });
  return names.map((_, at) =>
    [...[...answered].map((engine) => found.get(engine)![at]!), ...away].sort((a, b) => compare(a.name, b.name)),
  );
}

/**
 * What one Engine holds under the name. What seems not to be there is looked for in every case of the letters, too.
 * @returns undefined when it shows no device at all and no user: such an Engine is new, or answers everything with no rows
 * @throws {EngineQueryRejectedError} it knows no patterns
 */
async function devicesOn(client: EngineClient, name: string): Promise<FoundDevice[] | undefined> {
  let accounts: readonly FoundAccount[] = await findAccounts(client, name, 'device');
  if (accounts.length === 0) accounts = await findInAnyCase(client, name, 'device');
  if (accounts.length === 0 && !(await showsAnything(client))) return undefined;
  const devices: FoundDevice[] = [];
  for (const account of accounts) devices.push(await describe(client, account));
  return devices;
}

const FILE = 'engines/device.csv';

/** @throws {EngineAnswerError} an answer is about another device: then nothing is known of this one */
async function describe(client: EngineClient, { id, name, platform, kinship }: FoundAccount): Promise<FoundDevice> {
  const ask = (fields: readonly string[]) =>
    client.rowsIfKnown(objectStatement('device', id, [], fields), platform, FILE);
  const [row] = (await ask(['id', 'last_seen', 'storage_policy'])) ?? (await ask(['id', 'last_seen'])) ?? [];
  const activity = { table: 'user', fields: ['name'], event: 'user_activity', subject: 'device', id } as const;
  const pairs = await client.rowsIfKnown(pairsStatement({ ...activity, between: LAST_DAYS }), platform, FILE);
  if (row?.id !== id || pairs?.some((pair) => pair['device/id'] !== id))
    throw new EngineAnswerError(client.engine.engineId, 'rows of another device');
  const { last_seen: lastSeen = '-', storage_policy: storagePolicy = '-' } = row;
  return {
    name: name.toWellFormed(),
    meant: kinship !== 'unclear',
    ...(lastSeen !== '-' && { lastSeen }),
    ...(storagePolicy !== '-' && { storagePolicy }),
    ...(pairs && { users: [...new Set(pairs.map((pair) => pair['user/name']!.toWellFormed()))].sort() }),
  };
}

/** A step is done when the Engine shows it for each device of the name. @param dayAgo as the Engine writes times */
function placeOf(name: string, devices: readonly FoundDevice[] | undefined, dayAgo: string): DevicePlace {
  if (!devices) return { name, state: 'ABSENT', reason: 'NO_DEVICE', open: [], devices: [] };
  if (devices.length === 0) return { name, state: 'ABSENT', open: [], devices };
  const isQuiet = devices.every(({ lastSeen }) => lastSeen && lastSeen.replace('T', ' ') < dayAgo);
  const isSet = devices.every(({ storagePolicy }) => storagePolicy?.toLowerCase() === 'remove');
  const done = [isQuiet && 'uninstall-collector', isSet && 'set-storage-to-remove'];
  const open = RemovalPlace.shape.open.element.options.filter((step) => !done.includes(step));
  return { name, state: 'HELD', open, devices };
}
