import { createHash } from 'node:crypto';
import type { Cell } from './cells.ts';
import type { ObjectTable } from './objects.ts';
import type { EngineWorld } from './world.ts';

/** How names reach an Engine: as names again, as names that are GUIDs, as a hash, or not at all. */
export type Arrival = 'clear' | 'guid' | 'hashed' | 'absent';

/** The column with the name, by table. */
const NAMED = { user: 'name', device: 'name', domain: 'name', url_path: 'path' } as const;

type Rows = { id: number; platforms: ObjectTable['rows'][number]['platforms']; cells: Map<string, Cell> }[];
const rowsOf = (engine: EngineWorld, table: string) => engine.objects.get(table)!.rows as unknown as Rows;

function arrivingAs(form: Arrival, text: Cell): Cell {
  const hash = createHash('sha256').update(String(text)).digest('hex');
  if (form === 'clear') return `name-${hash.slice(0, 6)}`;
  if (form === 'guid') return hash.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  return form === 'absent' ? null : hash;
}

/**
 * Lets names reach an Engine in another form, as when its traffic is redirected: always, or from an instant on. From then on each
 * user, device, domain and path is another object, which events are linked to; the old object was last seen before.
 * @param since absent: no clear name has ever arrived
 */
export function changeArrival(engine: EngineWorld, form: Arrival, since?: Date): void {
  for (const [table, column] of Object.entries(NAMED)) {
    const rows = rowsOf(engine, table);
    const count = rows.length;
    for (const row of rows.slice()) {
      const name = arrivingAs(form, row.cells.get(column) ?? null);
      if (!since) {
        row.cells.set(column, name);
        continue;
      }
      const id = row.id + count;
      const seen = Math.max(Number(row.cells.get('last_seen') ?? 0), since.getTime() + 1000);
      const cells = new Map([...row.cells, ['id', id], [column, name]] as const);
      if (row.cells.has('first_seen')) cells.set('first_seen', since.getTime()).set('last_seen', seen);
      if (row.cells.has('last_seen'))
        row.cells.set('last_seen', Math.min(Number(row.cells.get('last_seen') ?? 0), since.getTime() - 1000));
      rows.push({ ...row, id, cells, dynamic: new Map() } as Rows[number]);
    }
    if (since) for (const events of engine.events.values()) events.relink(table, count, since.getTime());
  }
}

/** What an administrator changes in the Finder, or what the device itself does. */
export function editDevice(engine: EngineWorld, device: string, cells: Readonly<Record<string, Cell>>): void {
  for (const row of rowsOf(engine, 'device'))
    if (row.cells.get('name') === device) for (const [field, cell] of Object.entries(cells)) row.cells.set(field, cell);
}

/** The Engine has removed a device: it is in no answer any more, nor are its events. */
export function removeDevice(engine: EngineWorld, device: string): void {
  const all = (table: string) => [...rowsOf(engine, table).keys()];
  const { user, device: seen } = engine.view ?? { user: new Set(all('user')), device: new Set(all('device')) };
  const kept = [...seen].filter((row) => rowsOf(engine, 'device')[row]!.cells.get('name') !== device);
  engine.view = { user, device: new Set(kept) };
}
