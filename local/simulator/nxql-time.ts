import { NxqlError } from './nxql-error.ts';
import type { Zone } from './zone.ts';

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };
const DAYS: Readonly<Record<string, number>> = { d: 1, w: 7 };

/**
 * The instant that a time of `between` means: `now` or `midnight`, then offsets such as `-7d` or `+90m`.
 * Days and weeks from `midnight` lead to another local midnight, also across a change of the clocks.
 * @throws {NxqlError} it is no such time
 */
export function resolveTime(text: string, now: number, zone: Zone): number {
  const match = /^(now|midnight)((?:[+-]\d{1,6}[mhdw])*)$/.exec(text);
  if (!match) throw new NxqlError(`${text} is no time; write now or midnight and an offset in m, h, d or w`);
  const offsets = [...match[2]!.matchAll(/([+-]\d+)(.)/g)].map(([, count, unit]) => ({
    count: Number(count),
    unit: unit!,
  }));
  if (match[1] === 'now') return offsets.reduce((sum, { count, unit }) => sum + count * UNITS[unit]!, now);
  const days = offsets.reduce((sum, { count, unit }) => sum + count * (DAYS[unit] ?? 0), 0);
  const rest = offsets.filter(({ unit }) => !(unit in DAYS));
  return rest.reduce((sum, { count, unit }) => sum + count * UNITS[unit]!, zone.midnight(now, days));
}
