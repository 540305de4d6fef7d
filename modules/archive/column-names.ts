/** The first columns of each Engine file: ids are Engine-local, and fields differ by platform (docs/decisions/0011). */
export const PREFIX_COLUMNS: readonly string[] = ['engine', 'platform'];

/** Unique names for the columns of an answer: a repeated one, or one of the first columns' names, gets a number (`name (2)`). */
export function distinctNames(columns: readonly string[]): string[] {
  const taken = new Set(PREFIX_COLUMNS);
  return columns.map((column) => {
    let name = column;
    for (let nth = 2; taken.has(name); nth++) name = `${column} (${nth})`;
    taken.add(name);
    return name;
  });
}
