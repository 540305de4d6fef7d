import * as z from 'zod';
import { SimulatorOptionError } from '../option-error.ts';
import { type People, type SampleDevice, type SampleUser, samplePeople } from './people.ts';
import { Random } from './random.ts';

const Text = z.string().trim().min(1).max(256);

const GivenUser = z.strictObject({
  /** Logon name as the Engine stores it: `jdoe`, `jdoe@CORP`. */
  name: Text,
  fullName: Text.optional(),
  department: Text.optional(),
  /** Names of the devices on which the user works. */
  devices: z.array(Text).default([]),
});

const GivenDevice = z.strictObject({
  name: Text,
  platform: z.enum(['windows', 'mac_os', 'mobile']).default('windows'),
  /** The first user who works on it when absent. */
  lastLoggedOnUser: Text.optional(),
  /** Entries of the list of local administrators: `CORP\jdoe`, a group. */
  administrators: z.array(Text).optional(),
  /** Numbers (1, 2, ...) of the Engines that know it; all when absent. */
  engines: z.array(z.int().min(1).max(200)).min(1).optional(),
});

/** Users and devices to simulate. `only`: without the sample company's. */
export const GivenPeople = z.strictObject({
  only: z.boolean().default(false),
  users: z.array(GivenUser).max(1000),
  devices: z.array(GivenDevice).max(1000),
});
export type GivenPeople = z.input<typeof GivenPeople>;

/**
 * The sample company's people and, after them or in their place, those that are given.
 * @throws {SimulatorOptionError} a field is wrong, a device is named that is not there, or an Engine would know too little
 */
export function companyPeople(seed: number, engineCount: number, given?: GivenPeople): People {
  if (!given) return samplePeople(seed, engineCount);
  const added = completeGiven(given, seed, engineCount);
  if (given.only) return added;
  const sample = samplePeople(seed, engineCount);
  return { ...added, users: [...sample.users, ...added.users], devices: [...sample.devices, ...added.devices] };
}

function completeGiven(input: GivenPeople, seed: number, engineCount: number): People {
  const parsed = GivenPeople.safeParse(input);
  if (!parsed.success) throw new SimulatorOptionError(`people: ${z.prettifyError(parsed.error)}`);
  const { users, devices, only } = parsed.data;
  const random = new Random(seed ^ 0x5eed);
  const known = new Set(devices.map(({ name }) => name));
  for (const { name, devices: used } of users) {
    const stray = used.find((device) => !known.has(device));
    if (stray !== undefined)
      throw new SimulatorOptionError(`people: ${name} works on ${stray}, which is no device there`);
  }
  const completed = {
    users: users.map((user, index) => completeUser(user, index, random)),
    devices: devices.map((device, index) => completeDevice(device, index, random, users, engineCount)),
    given: users.map(({ name }) => name),
  };
  if (only) checkAlone(completed, engineCount);
  return completed;
}

function completeUser(user: z.infer<typeof GivenUser>, index: number, random: Random): SampleUser {
  const login = user.name.split('@')[0]!;
  const fullName = user.fullName ?? login.replaceAll(/[._]/g, ' ');
  return {
    name: user.name,
    fullName,
    sid: `S-1-5-21-${random.below(2 ** 31)}-${random.below(2 ** 31)}-${5000 + index}`,
    upn: `${login.toLowerCase().replaceAll(/[^a-z0-9.]+/g, '.')}.${index}@corp.example`,
    department: user.department ?? 'Finance',
    devices: user.devices,
  };
}

function completeDevice(
  device: z.infer<typeof GivenDevice>,
  index: number,
  random: Random,
  users: readonly z.infer<typeof GivenUser>[],
  engineCount: number,
): SampleDevice {
  const stray = device.engines?.find((number) => number > engineCount);
  if (stray !== undefined)
    throw new SimulatorOptionError(`people: ${device.name} is on engine ${stray}, and there are ${engineCount}`);
  const worker = users.find(({ devices }) => devices.includes(device.name));
  return {
    name: device.name,
    platform: device.platform,
    deviceUid: random.hex(32),
    serial: random.hex(10).toUpperCase(),
    ipAddress: `10.200.${index % 250}.${1 + random.below(250)}`,
    macAddress: `02:${random.hex(10).toUpperCase().match(/../g)!.join(':')}`,
    lastLoggedOnUser: device.lastLoggedOnUser ?? worker?.name ?? 'nobody',
    ...(device.administrators && { administrators: device.administrators }),
    engines: device.engines ?? Array.from({ length: engineCount }, (_, number) => number + 1),
  };
}

/** Events need two users with a Windows device on each Engine. */
function checkAlone({ users, devices }: People, engineCount: number): void {
  const isWindows = (name: string, engine: number) =>
    devices.some((device) => device.name === name && device.platform === 'windows' && device.engines.includes(engine));
  for (let engine = 1; engine <= engineCount; engine += 1) {
    const able = users.slice(0, 2).filter((user) => user.devices.some((name) => isWindows(name, engine)));
    if (able.length < 2)
      throw new SimulatorOptionError(
        `people: with "only", the first two users need a Windows device on engine ${engine}`,
      );
  }
}
