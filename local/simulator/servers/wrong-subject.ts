import type { Answer } from '../nxql/answer.ts';
import type { EngineWorld } from '../world/world.ts';

/** The user or device that a statement is about, as far as it says so in the usual words. */
const BY_ID = /\(where (user|device) \(eq id \(identifier (\d+)\)\)/;
const BY_NAME = /\((from|where) (user|device)\b.*\(eq (\w+) \(string ("[^"]*"|'[^']*')\)\)/;

/** The same statement about other users or devices, one after the other; none when it is about nobody. */
export function* askForOthers(engine: EngineWorld, statement: string): Generator<string> {
  const [, kind, id] = BY_ID.exec(statement) ?? [];
  if (kind !== undefined) {
    for (const { id: other } of engine.objects.get(kind)!.rows)
      if (other !== Number(id)) yield statement.replace(BY_ID, (text) => text.replace(/\d+/, String(other)));
    return;
  }
  const [, , table, field, literal] = BY_NAME.exec(statement) ?? [];
  if (literal === undefined) return;
  const name = literal.slice(1, -1).toLowerCase();
  for (const row of engine.objects.get(field === 'last_logged_on_user' ? 'user' : table!)!.rows) {
    const other = String(row.cells.get('name'));
    if (other.toLowerCase() !== name && !other.includes('"')) yield statement.replaceAll(literal, `"${other}"`);
  }
}

/** An answer about another one with the id, or the name, that was asked for in it. */
export function relabel(answer: Answer, statement: string): Answer {
  const [, kind, id] = BY_ID.exec(statement) ?? [];
  const [, , , field, literal] = BY_NAME.exec(statement) ?? [];
  if (id === undefined && field !== 'name') return answer; // no name of the subject stands in it
  const cell = id === undefined ? literal?.slice(1, -1) : Number(id);
  const headers = kind === undefined ? [field] : [`${kind}/id`, ...(isAbout(statement, kind) ? ['id'] : [])];
  const groups = answer.groups.map((group) => group.headers.findIndex((header) => headers.includes(header)));
  function* rows() {
    for (const row of answer.rows)
      yield row.map((cells, group) => (groups[group]! < 0 ? cells : cells.with(groups[group]!, cell ?? null)));
  }
  return { ...answer, rows: rows() };
}

const isAbout = (statement: string, kind: string): boolean => new RegExp(`\\(from \\(?${kind}\\b`).test(statement);

/** Above the ids of every world. */
const NEW_IDS = 1_000_000_000;

/**
 * The Engine after users, and devices, have changed their ids in pairs, as after a restore; its events are the same.
 * @param areNew they have ids that nobody had before
 */
export function withOtherIds(engine: EngineWorld, areNew: boolean): EngineWorld {
  const changed = (['user', 'device'] as const).map((name) => {
    const { table, rows } = engine.objects.get(name)!;
    const moved = rows.map((row, number) => {
      const id = areNew ? NEW_IDS + row.id : (rows[number ^ 1] ?? row).id;
      return { ...row, id, cells: new Map([...row.cells, ['id', id]]) };
    });
    return [name, { table, rows: moved }] as const;
  });
  return { ...engine, objects: new Map([...engine.objects, ...changed]) };
}
