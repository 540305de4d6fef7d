/** Why an Engine refuses a statement. `options` are the names that would have been good in that place. */
export class NxqlError extends Error {
  override readonly name = 'NxqlError';
  readonly options: readonly string[];
  /** 400 for a statement that makes no sense, 403 for one that is not allowed. */
  readonly status: 400 | 403;

  constructor(message: string, options: readonly string[] = [], status: 400 | 403 = 400) {
    super(message);
    this.options = options;
    this.status = status;
  }
}

/** Longer words are no misspelt names. */
const MAX_NAME = 100;

/** Names like the mistyped one, or all of them when none is near. */
export function nearest(mistyped: string, names: readonly string[]): readonly string[] {
  if (mistyped.length < 3 || mistyped.length > MAX_NAME) return names;
  const near = names.filter((name) => name.includes(mistyped) || distance(name, mistyped) <= 2);
  return near.length > 0 ? near : names;
}

/** How many letters must be put in, left out or changed. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
