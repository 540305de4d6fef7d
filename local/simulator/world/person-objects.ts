import type { Cell } from './cells.ts';
import { DYNAMIC_FIELDS, drawDynamic } from './dynamic-fields.ts';
import type { ObjectDraft } from './objects.ts';
import type { People, SampleDevice, SampleUser } from './people.ts';
import { scatter } from './random.ts';

const DAY = 86_400_000;

/** Where drafts of users and devices are made: one Engine, numbered from 1. */
export interface EngineContext {
  readonly people: People;
  readonly number: number;
  readonly seed: number;
  readonly now: number;
}

/**
 * Devices that one Engine knows. Its last Windows device has a second object of the same name, as after a new
 * installation.
 */
export function draftDevices({ people, number, seed, now }: EngineContext): ObjectDraft[] {
  const known = people.devices.filter(({ engines }) => engines.includes(number));
  const again = known.findLast(({ platform }) => (platform ?? 'windows') === 'windows')!;
  return [...known, again].map((device, index) => ({
    platforms: [device.platform ?? 'windows'],
    cells: deviceCells(device, index === known.length, now),
    dynamic: drawDynamic(DYNAMIC_FIELDS, 'device', seed, index),
  }));
}

function deviceCells(device: SampleDevice, again: boolean, now: number): Record<string, Cell> {
  const bits = Number.parseInt(device.deviceUid.slice(0, 6), 16);
  return {
    name: device.name,
    device_uid: again ? [...device.deviceUid].reverse().join('') : device.deviceUid,
    device_serial_number: device.serial,
    bios_serial_number: again ? null : device.serial,
    chassis_serial_number: device.serial,
    distinguished_name: `CN=${device.name},OU=Workplaces,DC=corp,DC=example`,
    last_logged_on_user: device.lastLoggedOnUser,
    local_administrators: ['Domain Admins', ...(device.administrators ?? [device.lastLoggedOnUser])],
    local_power_users: bits % 3 === 0 ? [device.lastLoggedOnUser] : null,
    ip_addresses: bits % 2 === 0 ? [device.ipAddress, `fd00::${bits.toString(16)}`] : [device.ipAddress],
    last_ip_address: device.ipAddress,
    mac_addresses: [device.macAddress],
    entity: `Site ${1 + (bits % 4)}`,
    number_of_cores: 2 + 2 * (bits % 8),
    total_ram: 2 ** (33 + (bits % 3)),
    first_seen: now - 120 * DAY - bits * 1000,
    last_seen: now - (bits % 3600) * 1000,
  };
}

/** Users that one Engine knows: those who work on a computer it knows. The last has two accounts of the same name. */
export function draftUsers({ people, number, seed, now }: EngineContext): ObjectDraft[] {
  const engineDevices = people.devices.filter(({ engines }) => engines.includes(number));
  const devicesOf = (user: SampleUser) => engineDevices.filter(({ name }) => user.devices.includes(name));
  const drafts = people.users.flatMap((user, index): ObjectDraft[] => {
    const seen = new Set(devicesOf(user).map(({ platform }) => platform ?? 'windows'));
    const platforms = (['windows', 'mac_os'] as const).filter((platform) => seen.has(platform));
    if (platforms.length === 0) return [];
    const cells = {
      ...userCells(user, index, now),
      seen_on_windows: seen.has('windows'),
      seen_on_mac_os: seen.has('mac_os'),
      seen_on_mobile: seen.has('mobile'),
    };
    return [{ platforms, cells, dynamic: drawDynamic(DYNAMIC_FIELDS, 'user', seed, index) }];
  });
  const last = drafts.at(-1)!;
  const local = { sid: 'S-1-5-21-1-2-500', user_uid: 'f'.repeat(32), type: 'local', full_name: null, upn: null };
  return [...drafts, { ...last, cells: { ...last.cells, ...local } }];
}

function userCells(user: SampleUser, index: number, now: number): Record<string, Cell> {
  const bits = scatter(4242, index);
  return {
    name: user.name,
    full_name: user.fullName,
    sid: user.sid,
    upn: user.upn,
    user_uid: [0, 1, 2, 3].map((part) => scatter(bits, part).toString(16).padStart(8, '0')).join(''),
    department: user.department,
    distinguished_name: `CN=${user.fullName},OU=People,DC=corp,DC=example`,
    type: 'domain',
    first_seen: now - 120 * DAY - (bits % DAY),
    last_seen: now - (bits % 3600) * 1000,
    number_of_days_since_last_seen: 0,
  };
}
