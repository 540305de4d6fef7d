import type { Zone } from '../world/zone.ts';
import { NxqlError } from './error.ts';

const UNITS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};
const DAYS: Readonly<Record<string, number>> = { d: 1, w: 7 };

const RELATIVE = /^(now|midnight)((?:[+-]\d{1,6}[smhdw])*)$/;
const ABSOLUTE = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?(Z)?)?$/;

/**
 * The instant that a time means: `now` or `midnight`, then offsets such as `-7d` or `+90m`, or a date with or without a
 * time of day, Engine-local unless it ends in `Z`.
 * Days and weeks from `midnight` lead to another local midnight, also across a change of the clocks.
 * @throws {NxqlError} it is no such time
 */
export function resolveTime(text: string, now: number, zone: Zone): number {
  const relative = RELATIVE.exec(text);
  if (relative) return resolveRelative(relative[1] === 'midnight', relative[2]!, now, zone);
  const absolute = resolveAbsolute(text, zone);
  if (absolute !== undefined) return absolute;
  throw new NxqlError('a time is now or midnight with an offset, or YYYY-MM-DDTHH:MM:SS', ['now', 'midnight']);
}

function resolveRelative(fromMidnight: boolean, text: string, now: number, zone: Zone): number {
  const offsets = [...text.matchAll(/([+-]\d+)(.)/g)].map(([, count, unit]) => ({ count: Number(count), unit: unit! }));
  const sum = (base: number, parts: typeof offsets) =>
    parts.reduce((instant, { count, unit }) => instant + count * UNITS[unit]!, base);
  if (!fromMidnight) return sum(now, offsets);
  const days = offsets.reduce((total, { count, unit }) => total + count * (DAYS[unit] ?? 0), 0);
  return sum(
    zone.midnight(now, days),
    offsets.filter(({ unit }) => !(unit in DAYS)),
  );
}

function resolveAbsolute(text: string, zone: Zone): number | undefined {
  const [, year, month, day, hour = '00', minute = '00', second = '00', utc] = ABSOLUTE.exec(text) ?? [];
  if (year === undefined) return undefined;
  const plain = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const instant = Date.parse(`${plain}Z`);
  if (Number.isNaN(instant) || new Date(instant).toISOString().slice(0, 19) !== plain) return undefined;
  return utc ? instant : zone.instant(instant);
}
