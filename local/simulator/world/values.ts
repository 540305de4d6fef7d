import type { Cell } from './cells.ts';
import type { Field } from './data-model.ts';
import { scatter } from './random.ts';

const DAY = 86_400_000;

/** Texts that are hard on separators, quoting, spreadsheets and character sets. */
export const AWKWARD_TEXTS: readonly string[] = [
  'he said "stop"',
  '"quoted" at the start',
  'a, b; c',
  'tab\there',
  'two\nlines',
  'two\r\nlines',
  'carriage\rreturn',
  '-',
  '=1+1',
  '+41 44 000 00 00',
  '-1',
  '@SUM(A1)',
  'Zürich – Ærø ☕ 東京',
  "l'été (rien)",
  'N/A',
  'unknown',
  ' blank before and after ',
  'back\\slash',
];

const KEYWORDS: Readonly<Record<string, readonly string[]>> = {
  antispyware_rtp: ['on', 'off', 'unknown'],
  antivirus_rtp: ['on', 'off', 'unknown'],
  antispyware_up_to_date: ['yes', 'no', 'unknown'],
  antivirus_up_to_date: ['yes', 'no', 'unknown'],
  administrator_account_status: ['enabled', 'disabled'],
  architecture: ['x86', 'x64', 'arm64'],
  os_architecture: ['x64', 'arm64'],
  boot_type: ['full boot', 'fast startup'],
  device_type: ['desktop', 'laptop', 'mobile'],
  last_known_connection_status: ['connected', 'disconnected'],
  membership_type: ['domain', 'workgroup'],
  privileges_of_last_logged_on_users: ['user', 'power user', 'administrator'],
  protocol: ['HTTP', 'TLS'],
  protocol_version: ['HTTP/1.1', 'TLS 1.2', 'TLS 1.3'],
  session_protocol: ['local', 'RDP', 'ICA'],
  threat_level: ['none detected', 'low', 'high'],
  user_account_control_status: ['ok', 'at risk'],
};

/** Text keys that name a thing are never missing; all else may be. */
const ALWAYS_THERE = /^(id|name|type|status|time|start_time|end_time|platform)$/;

/** What values are drawn from: where they stand, and the time span they may refer to. */
export interface Draw {
  readonly table: string;
  /** Seed of the table, another for each. */
  readonly seed: number;
  /** Row of the table. */
  readonly row: number;
  readonly now: number;
}

/** A plausible value of a field: the same draw gives the same value; some are missing, some awkward. */
export function drawValue(field: Field, fieldNumber: number, { table, seed, row, now }: Draw): Cell {
  const bits = scatter(scatter(seed, fieldNumber), row);
  if (bits % 97 < 5 && !ALWAYS_THERE.test(field.name)) return null;
  const text = (index: number) => drawText(table, field.name, scatter(bits, index));
  if (field.type === 'string' && field.list) return Array.from({ length: 1 + (bits % 3) }, (_, index) => text(index));
  switch (field.type) {
    case 'string':
      return text(0);
    case 'enum':
      return pick(field.values ?? KEYWORDS[field.name] ?? [`${table} kind 1`, `${table} kind 2`], bits);
    case 'boolean':
      return bits % 2 === 0;
    case 'datetime':
      return Math.floor((now - (bits % (95 * DAY))) / 1000) * 1000;
    case 'path':
      return field.list ? [drawPath(bits)] : drawPath(bits);
    case 'md5':
      return hex(bits, 32);
    case 'sha1':
      return hex(bits, 40);
    case 'sha256':
      return hex(bits, 64);
    case 'sid':
      return `S-1-5-21-${bits}-${bits % 99_991}-${bits % 5000}`;
    case 'version':
      return `${bits % 20}.${bits % 7}.${bits % 3001}.${bits % 11}`;
    case 'ip_address':
      return bits % 4 === 0 ? `fd00::${hex(bits, 4)}:1` : `10.${bits % 199}.${bits % 251}.${bits % 241}`;
    case 'mac_address':
      return `02:${hex(bits, 10).toUpperCase().match(/../g)!.join(':')}`;
    default:
      return drawNumber(field.type, bits);
  }
}

function drawText(table: string, field: string, bits: number): string {
  if (bits % 8 === 0) return pick(AWKWARD_TEXTS, bits >>> 3);
  return `${table} ${field.replaceAll('_', ' ')} ${bits % 1000}`;
}

function drawPath(bits: number): string {
  return bits % 5 === 0
    ? `C:\\Program Files (x86)\\Häuser & "Söhne"\\tool${bits % 90}.exe`
    : `C:\\Program Files\\Suite ${bits % 9}\\tool${bits % 90}.exe`;
}

/** Largest value per unit; fractions have four digits. */
const CEILINGS: Readonly<Record<string, number>> = {
  permill: 1001,
  mhz: 5000,
  day: 400,
  second: 100_000,
  millisecond: 3_600_000,
  integer: 5000,
};

function drawNumber(type: string, bits: number): number {
  if (type === 'percent') return (bits % 10_001) / 10_000;
  if (type === 'http_status_code') return [200, 204, 301, 403, 404, 500][bits % 6]!;
  if (type === 'byte' && bits % 7 === 0) return bits * 1024;
  return bits % (CEILINGS[type] ?? 2 ** 31);
}

const pick = <Item>(items: readonly Item[], bits: number): Item => items[bits % items.length]!;

function hex(bits: number, digits: number): string {
  let text = '';
  for (let index = 0; text.length < digits; index += 1) text += scatter(bits, index).toString(16).padStart(8, '0');
  return text.slice(0, digits);
}
