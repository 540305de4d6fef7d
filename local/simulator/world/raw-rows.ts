import { seesEvent, seesObject } from '../servers/view.ts';
import { type Cell, cellText } from './cells.ts';
import { type Field, sharedFields, type Table } from './data-model.ts';
import { objectCell } from './objects.ts';
import type { Platform } from './people.ts';
import type { EngineWorld } from './world.ts';

/** One row as the Engine holds it, for tests that judge an answer without asking the query code. */
export interface RawRow {
  readonly id: number;
  /** Milliseconds since 1970 UTC; objects have neither, and `end` equals `start` for events without an extent. */
  readonly start?: number;
  readonly end?: number;
  /** Ids of the linked objects by table; absent when there is none. */
  readonly links: Readonly<Record<string, number>>;
  /** Static fields as the text of a CSV cell before quoting: `-` when missing. */
  readonly cells: Readonly<Record<string, string>>;
  /** Dynamic fields, by name without `#`. */
  readonly dynamic: Readonly<Record<string, string>>;
}

/** Every row of one table on one platform that the account may see, whoever it is about; none of an unknown table. */
export function* rawRows(engine: EngineWorld, table: string, platform: Platform): Generator<RawRow> {
  const objects = engine.objects.get(table);
  if (objects) {
    for (const [number, row] of objects.rows.entries()) {
      if (!row.platforms.includes(platform) || !seesObject(engine.view, table, number)) continue;
      const cells = texts(engine, objects.table, platform, ({ name }) => objectCell(row, name, platform));
      yield { id: row.id, links: {}, cells, dynamic: dynamicTexts(engine, table, row.dynamic) };
    }
    return;
  }
  const events = engine.events.get(table);
  if (!events) return;
  for (let row = 0; row < events.count; row += 1) {
    if (events.platform(row) !== platform || !seesEvent(engine.view, events, row)) continue;
    const links = events.table.links.flatMap((object): [string, number][] => {
      const linked = engine.objects.get(object)!.rows[events.link(row, object)];
      return linked?.platforms.includes(platform) ? [[object, linked.id]] : [];
    });
    const cells = texts(engine, events.table, platform, (field) => events.cell(row, field));
    const id = Number(cells.id);
    yield { id, start: events.start(row), end: events.end(row), links: Object.fromEntries(links), cells, dynamic: {} };
  }
}

function texts(engine: EngineWorld, table: Table, platform: Platform, cellOf: (field: Field) => Cell) {
  const fields = sharedFields(table, [platform]);
  return Object.fromEntries(fields.map((field) => [field.name, cellText(field.type, cellOf(field), engine.zone)]));
}

function dynamicTexts(engine: EngineWorld, table: string, values: ReadonlyMap<string, Cell>) {
  const fields = engine.dynamicFields[table] ?? [];
  return Object.fromEntries(
    fields.map(({ name, type }) => [name, cellText(type, values.get(name) ?? null, engine.zone)]),
  );
}
