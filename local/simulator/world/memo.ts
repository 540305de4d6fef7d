import type { Platform } from './people.ts';

/** Remembers what a function gave for each row and platform. For objects, of which there are few. */
export function memoize<Value>(compute: (row: number, platform: Platform) => Value) {
  const known = {
    windows: new Map<number, Value>(),
    mac_os: new Map<number, Value>(),
    mobile: new Map<number, Value>(),
  };
  return (row: number, platform: Platform): Value => {
    const values = known[platform];
    let value = values.get(row);
    if (value === undefined) {
      value = compute(row, platform);
      values.set(row, value);
    }
    return value;
  };
}
