/** A unit and how many of the unit before make one of it. */
type Step = readonly [unit: string, size: number];

const TIME: readonly Step[] = [
  ['us', 1],
  ['ms', 1000],
  ['s', 1000],
  ['min', 60],
  ['h', 60],
  ['d', 24],
];

/** Units of a type of number, smallest first, and in which of them its values are. */
const SCALES: Readonly<Record<string, { readonly steps: readonly Step[]; readonly from: number }>> = {
  byte: { steps: ['B', 'KB', 'MB', 'GB', 'TB'].map((unit): Step => [unit, 1024]), from: 0 },
  bps: { steps: ['bps', 'kbps', 'Mbps', 'Gbps'].map((unit): Step => [unit, 1000]), from: 0 },
  mhz: { steps: ['MHz', 'GHz'].map((unit): Step => [unit, 1000]), from: 0 },
  microsecond: { steps: TIME, from: 0 },
  millisecond: { steps: TIME, from: 1 },
  second: { steps: TIME, from: 2 },
};

/** A number scaled to a readable unit, which is printed; numbers without a unit stay as they are (`hr=true`). */
export function humanText(type: string, value: number): string {
  if (type === 'percent') return `${Number((value * 100).toFixed(1))} %`;
  if (type === 'permill') return `${value} ‰`;
  if (type === 'day') return `${value} d`;
  const scale = SCALES[type];
  if (!scale) return String(value);
  let [at, scaled] = [scale.from, value];
  while (at + 1 < scale.steps.length && Math.abs(scaled) >= scale.steps[at + 1]![1]) {
    at += 1;
    scaled /= scale.steps[at]![1];
  }
  return `${Number(scaled.toFixed(1))} ${scale.steps[at]![0]}`;
}
