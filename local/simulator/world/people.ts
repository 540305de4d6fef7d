import { Random } from './random.ts';

export type Platform = 'windows' | 'mac_os' | 'mobile';

/** A user of the sample company, on Engines and in the Portal alike. */
export interface SampleUser {
  /** Logon name as the Finder shows it. */
  readonly name: string;
  readonly fullName: string;
  readonly sid: string;
  readonly upn: string;
  readonly department: string;
  /** Names of the devices the user works on. */
  readonly devices: readonly string[];
}

/** A device of the sample company. */
export interface SampleDevice {
  readonly name: string;
  /** `windows` when absent. */
  readonly platform?: Platform;
  readonly deviceUid: string;
  readonly serial: string;
  readonly ipAddress: string;
  readonly macAddress: string;
  readonly lastLoggedOnUser: string;
  /** Entries of the list of local administrators, besides `Domain Admins`; the last logged on user when absent. */
  readonly administrators?: readonly string[];
  /** Numbers (1, 2, ...) of the Engines that know it. */
  readonly engines: readonly number[];
}

export interface People {
  readonly users: readonly SampleUser[];
  readonly devices: readonly SampleDevice[];
  /** Names of the users that were given, not drawn. */
  readonly given?: readonly string[];
}

const USERS = 40;
const DEVICES = 30;

/** The sample user, the twin whose name it begins, and names that are hard on quoting: the same for every seed. */
const FIXED_USERS: readonly (readonly [name: string, fullName: string])[] = [
  ['jmeyer', 'Jana Meyer'],
  ['jmeyer2', 'Jonas Meyer'],
  ["o'neil", "Sean O'Neil"],
  ['backup service (night)', 'Backup, Service'],
  ['rené.favre', 'René Favre'],
  ['akowal@CORP', 'Ania Kowal'],
];
const FIRST_NAMES = 'Ada Boris Carla Dario Elif Farid Greta Hugo Ines Jiri Kaja Liam Mona Nils Olga Pablo'.split(' ');
const LAST_NAMES = 'Amsler Brandt Costa Dubois Eriksen Ferro Gruber Horvat Ivanov Jansen Keller Lopez'.split(' ');
const DEPARTMENTS = ['Finance', 'Human Resources', 'Legal', 'Production', 'Research', 'Vertrieb Zürich'];

/**
 * The people and devices of the sample company. The first user is THE sample user, the second the twin; the first three
 * devices (Windows, Mac, mobile) are known to every Engine, the fourth carries the first one's name and a digit more.
 * @param seed the same seed gives the same people
 * @param engineCount how many Engines the devices are spread over, 1 or more
 */
export function samplePeople(seed: number, engineCount: number): People {
  const random = new Random(seed);
  const deviceNames = Array.from({ length: DEVICES }, (_, index) => deviceName(index));
  const named = [...FIXED_USERS, ...drawNames(random, USERS - FIXED_USERS.length)];
  const users = named.map(([name, fullName], index) => ({
    name,
    fullName,
    sid: `S-1-5-21-${random.below(2 ** 31)}-${random.below(2 ** 31)}-${1000 + index}`,
    upn: upnOf(fullName),
    department: random.pick(DEPARTMENTS),
    devices: deviceNames.filter((_, device) => worksOn(random, index, device)),
  }));
  const devices = deviceNames.map((name, index) => ({
    name,
    platform: platformOf(index),
    deviceUid: random.hex(32),
    serial: random.hex(10).toUpperCase(),
    ipAddress: `10.${random.below(200)}.${random.below(250)}.${index + 1}`,
    macAddress: `02:${random.hex(10).toUpperCase().match(/../g)!.join(':')}`,
    lastLoggedOnUser:
      index < 3 ? named[0]![0] : random.pick(users.filter(({ devices }) => devices.includes(name))).name,
    engines: enginesOf(random, index, engineCount),
  }));
  return { users, devices };
}

/** `Jana Meyer` gives `jana.meyer@corp.example`. */
function upnOf(fullName: string): string {
  const plain = fullName.normalize('NFD').toLowerCase().replace(/\p{M}/gu, '');
  return `${plain.replace(/[^a-z]+/g, '.')}@corp.example`;
}

const platformOf = (device: number): Platform =>
  device === 2 || device % 10 === 9 ? 'mobile' : device === 1 || device % 4 === 1 ? 'mac_os' : 'windows';

function deviceName(index: number): string {
  if (index === 0) return 'LT-101';
  if (index === 3) return 'LT-1011';
  const prefix = { windows: 'WS', mac_os: 'MB', mobile: 'PH' }[platformOf(index)];
  return `${prefix}-${200 + index}`;
}

/** Each device has an owner of its own, who has a computer too; some work on more; the twin on the sample user's. */
function worksOn(random: Random, user: number, device: number): boolean {
  if (user === 0) return device < 3;
  if (user === 1) return device === 0 || device === 3;
  if (device < 3) return random.chance(0.1);
  const own = 3 + (user % (DEVICES - 3));
  return device === own || (device === own - 1 && platformOf(own) === 'mobile') || random.chance(0.04);
}

function drawNames(random: Random, count: number): [string, string][] {
  const names = new Map<string, string>();
  while (names.size < count) {
    const first = random.pick(FIRST_NAMES);
    const last = random.pick(LAST_NAMES);
    names.set(`${first}.${last}`.toLowerCase(), `${first} ${last}`);
  }
  return [...names];
}

function enginesOf(random: Random, device: number, engineCount: number): number[] {
  const all = Array.from({ length: engineCount }, (_, index) => index + 1);
  if (device < 3) return all;
  const home = (device % engineCount) + 1;
  return all.filter((number) => number === home || random.chance(0.25));
}
