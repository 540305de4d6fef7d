import type { Client } from 'pg';

/**
 * An independent scanner: reads every cell of every stored relation as text, undoes whatever quoting or encoding it may
 * carry, and looks for a name by plain comparison of characters. It shares no code with the system.
 */
export async function scanFor(owner: Client, name: string): Promise<string[]> {
  const { rows: columns } = await owner.query<{ relation: string; column: string }>(`
    SELECT a.attrelid::regclass::text AS relation, quote_ident(a.attname) AS column
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
      AND a.attnum > 0 AND NOT a.attisdropped`);
  const found: string[] = [];
  for (const { relation, column } of columns) {
    const { rows } = await owner.query<{ cell: string | null }>(`SELECT ${column}::text AS cell FROM ONLY ${relation}`);
    if (rows.some(({ cell }) => cell !== null && shows(cell, name))) found.push(`${relation}.${column}`);
  }
  const { rows: samples } = await owner.query<{ place: string; sample: string }>(`
    SELECT schemaname || '.' || tablename || '.' || attname AS place,
      concat_ws(' ', most_common_vals::text, histogram_bounds::text, most_common_elems::text) AS sample
    FROM pg_stats WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`);
  found.push(...samples.filter(({ sample }) => shows(sample, name)).map(({ place }) => `statistics of ${place}`));
  return found;
}

/** Tables of the catalog whose rows show a name, and large objects that do. */
export async function scanCatalog(owner: Client, name: string): Promise<string[]> {
  const { rows: tables } = await owner.query<{ relation: string }>(`
    SELECT oid::regclass::text AS relation FROM pg_class
    WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r' AND has_table_privilege(oid, 'SELECT')
      AND relname NOT IN ('pg_largeobject', 'pg_statistic')`);
  const found: string[] = [];
  for (const { relation } of tables) {
    const near = `SELECT t::text AS row FROM ${relation} t WHERE strpos(lower(t::text), lower($1)) > 0`;
    const { rows } = await owner.query<{ row: string }>(near, [name]);
    if (rows.some(({ row }) => shows(row, name))) found.push(relation);
  }
  const { rows: objects } = await owner.query<{ oid: string; bytes: Buffer }>(
    'SELECT oid::text, lo_get(oid) AS bytes FROM pg_largeobject_metadata',
  );
  const isShown = ({ bytes }: { bytes: Buffer }) => shows(`\\x${bytes.toString('hex')}`, name);
  return [...found, ...objects.filter(isShown).map(({ oid }) => `large object ${oid}`)];
}

/** True when some reading of the cell shows the name as a word of its own. */
export const shows = (cell: string, name: string): boolean => readings(cell).some((text) => hasWord(text, name));

const LAYERS: readonly ((text: string) => string)[] = [
  (text) => text.replace(/\\([nt])/g, (_, letter: string) => (letter === 'n' ? '\n' : '\t')),
  (text) => text.replaceAll('\\\\', '\\').replaceAll('\\"', '"').replaceAll('""', '"'),
  (text) => text.replaceAll("''", "'"),
  (text) => text.replace(/\\+u([0-9a-fA-F]{4})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
  (text) => text.replace(/&#x([0-9a-fA-F]+);/g, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16))),
  (text) => text.replace(/&#(\d+);/g, (_, digits: string) => String.fromCodePoint(Number(digits))),
  (text) =>
    Object.entries({ lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' }).reduce(
      (rest, [entity, letter]) => rest.replaceAll(`&${entity};`, letter),
      text,
    ),
];

/** The cell as it stands, with each layer of quoting undone in turn, and the bytes that it spells in hexadecimal. */
function readings(cell: string): string[] {
  const all = new Set([cell]);
  for (let depth = 0; depth < 3; depth += 1) {
    for (const text of [...all]) for (const undo of LAYERS) all.add(undo(text));
    if (all.size > 400) break;
  }
  for (const text of [...all]) {
    for (const [, hex] of text.matchAll(/\\x((?:[0-9a-f]{2})+)/g)) {
      const bytes = Buffer.from(hex!, 'hex');
      for (const undo of [String, ...LAYERS]) all.add(undo(bytes.toString('utf8')));
      for (const start of [0, 1]) {
        const units = Buffer.from(bytes.subarray(start, bytes.length - ((bytes.length - start) % 2)));
        // the odd byte is the first letter of a text in the other order, not a gap before it
        const first = start === 1 ? bytes.toString('latin1', 0, 1) : '';
        all.add(first + units.toString('utf16le')).add(first + units.swap16().toString('utf16le'));
      }
    }
  }
  return [...all];
}

const isWord = (letter: string | undefined): boolean =>
  letter !== undefined && (letter.toLowerCase() !== letter.toUpperCase() || /[\p{L}\p{N}\p{M}_]/u.test(letter));

function hasWord(text: string, name: string): boolean {
  const letters = [...text.normalize('NFC').toLowerCase()];
  const wanted = [...name.normalize('NFC').toLowerCase()];
  for (let at = 0; at + wanted.length <= letters.length; at += 1) {
    if (!wanted.every((letter, i) => letters[at + i] === letter)) continue;
    const after = at + wanted.length;
    const joinedBefore = "-.'".includes(letters[at - 1] ?? ' ') && isWord(letters[at - 2]);
    const joinedAfter = '-.'.includes(letters[after] ?? ' ') && isWord(letters[after + 1]);
    if (!isWord(letters[at - 1]) && !isWord(letters[after]) && !joinedBefore && !joinedAfter) return true;
  }
  return false;
}
