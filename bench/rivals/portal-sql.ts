import { spawn } from 'node:child_process';
import type { PortalConnection } from '../../modules/portal/settings.ts';
import type { Run } from '../measured.ts';

/** Runs a script in `psql`. @returns wall time from its start to its end, with that of connecting */
export async function psql(
  { host, port, database, username, password }: PortalConnection,
  script: string,
): Promise<Run> {
  const start = performance.now();
  const child = spawn(
    'psql',
    ['-h', host, '-p', String(port), '-U', username, '-d', database, '-qAtX', '-v', 'ON_ERROR_STOP=1'],
    {
      env: { PATH: process.env.PATH, PGPASSWORD: password },
      stdio: ['pipe', 'ignore', 'inherit'],
    },
  );
  child.stdin.end(script);
  const code = await new Promise((done, fail) => child.once('error', fail).once('close', done));
  if (code !== 0) throw new Error(`psql ended with ${code}`);
  return { cpuSeconds: 0, peakMb: 0, wallSeconds: (performance.now() - start) / 1000 };
}

const TABLES = ['bench.people', 'bench.details', 'bench.notes'] as const;
const word = (name: string) => `'(?<![\\w])(?<![\\w][.''-])${name}(?![\\w])(?![.-][\\w])'`;
/** True for a text that holds the letters of the name, or a JSON escape that may stand for one of them. */
const near = (text: string, name: string) => `strpos(replace(lower(${text}), '\\u0', '${name}'), '${name}') > 0`;
const mentions = (column: string, name: string) => `(${near(column, name)} AND ${column} ~* ${word(name)})`;
const inDetails = (name: string) => near('details::text', name);

/** Every column that may carry text, of the tables above and of those that came with the schema. */
const SEARCHED: Readonly<Record<string, readonly string[]>> = {
  'bench.people': ['name', 'sid'],
  'bench.details': ['user_name', 'device_name', 'details'],
  'bench.notes': ['note'],
};

const search = (name: string) =>
  Object.entries(SEARCHED).map(([table, columns]) => {
    const counts = columns.map((column) => {
      const held =
        column === 'details' ? `${inDetails(name)} AND details::text ~* ${word(name)}` : mentions(column, name);
      return `count(*) FILTER (WHERE ${held})`;
    });
    return `SELECT ${counts.join(', ')} FROM ${table};`;
  });

/**
 * The statements that a careful person would write for the same work: the change in one transaction, a search for what
 * is left, and totals before and after; with `full`, hashes of all rows too.
 */
export function anonymizeByHand(name: string, token: string, controls: 'full' | 'totals'): string {
  const sums = (where = '') =>
    TABLES.map(
      (table) =>
        `SELECT count(*)${controls === 'full' ? ', sum(hashtextextended(t::text, 0))' : ''} FROM ${table} t ${where};`,
    );
  const others = 'WHERE t.xmin::text <> (txid_current() % 4294967296)::text';
  const detailsHit = `lower(user_name) = '${name}' OR ${inDetails(name)}`;
  return [
    'BEGIN ISOLATION LEVEL REPEATABLE READ;',
    ...sums(),
    `UPDATE bench.people SET name = '${token}', sid = NULL WHERE lower(name) = '${name}';`,
    `UPDATE bench.details SET user_name = CASE WHEN lower(user_name) = '${name}' THEN '${token}' ELSE user_name END,
       details = regexp_replace(details::text, ${word(name)}, '${token}', 'gi')::jsonb WHERE ${detailsHit};`,
    `UPDATE bench.notes SET note = regexp_replace(note, ${word(name)}, '${token}', 'gi') WHERE ${mentions('note', name)};`,
    ...search(name),
    ...TABLES.map((table) => `SELECT count(*) FROM ${table};`),
    ...(controls === 'full' ? sums(others) : []),
    'COMMIT;',
  ].join('\n');
}

/** The same, taken back. */
export const rehearseByHand = (name: string, token: string): string =>
  anonymizeByHand(name, token, 'totals').replace('COMMIT;', 'ROLLBACK;');

/** The verifier's own search, written by hand: one statement for each table and partition. */
export const searchByHand = (name: string, partitions: number): string => {
  const anyOf = (...columns: string[]) => columns.map((column) => near(column, name)).join(' OR ');
  const days = Array.from({ length: partitions }, (_, day) => `bench.details_${day}`);
  return [
    `SELECT count(*) FROM ONLY bench.people t WHERE ${anyOf('name', 'sid')};`,
    `SELECT count(*) FROM ONLY bench.notes t WHERE ${anyOf('note')};`,
    ...days.map(
      (table) => `SELECT count(*) FROM ONLY ${table} t WHERE ${anyOf('user_name', 'device_name', 'details::text')};`,
    ),
  ].join('\n');
};

/** The same rows in the same order, as PostgreSQL itself would write them. */
export const copyByHand = (name: string): string =>
  `COPY (SELECT day, metric_id, user_name, device_name, details FROM bench.details
     WHERE lower(user_name) = '${name}' OR strpos(lower(details::text), '${name}') > 0 ORDER BY day, id) TO STDOUT (FORMAT csv);`;
