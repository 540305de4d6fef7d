import { catalogSize, parentOf } from './catalog-objects.ts';
import type { Cell } from './cells.ts';
import type { Field, Table } from './data-model.ts';
import type { ObjectTable } from './objects.ts';
import type { Platform } from './people.ts';
import { scatter } from './random.ts';
import { drawValue } from './values.ts';

/** Ids of events begin here, beyond 32 bits. */
const FIRST_ID = 5_000_000_000;

/** What is stored of each event, in order of start: 16 bytes. All other fields are drawn when asked for. */
export interface EventColumns {
  /** Milliseconds since 1970 UTC. */
  readonly start: Float64Array;
  readonly seconds: Uint32Array;
  /** Row of the device table. */
  readonly device: Uint16Array;
  /** Row of the user table, -1 for none. */
  readonly user: Int16Array;
}

/** All events of one table on one Engine, oldest first. */
export class EventTable {
  readonly table: Table;
  readonly columns: EventColumns;
  /** Length of the longest event in milliseconds. */
  readonly longest: number;
  readonly #objects: ReadonlyMap<string, ObjectTable>;
  readonly #relinked = new Map<string, { readonly rows: number; readonly from: number }>();
  readonly #draw: { readonly table: string; readonly seed: number; readonly now: number };

  constructor(
    table: Table,
    columns: EventColumns,
    objects: ReadonlyMap<string, ObjectTable>,
    draw: { readonly seed: number; readonly now: number },
  ) {
    this.table = table;
    this.columns = columns;
    this.longest = columns.seconds.reduce((longest, seconds) => Math.max(longest, seconds), 0) * 1000;
    this.#objects = objects;
    this.#draw = { ...draw, table: table.name };
  }

  get count(): number {
    return this.columns.start.length;
  }

  start(row: number): number {
    return this.columns.start[row]!;
  }

  end(row: number): number {
    return this.start(row) + this.columns.seconds[row]! * 1000;
  }

  /** An event has the platform of its device. */
  platform(row: number): Platform {
    return this.#objects.get('device')!.rows[this.columns.device[row]!]!.platforms[0]!;
  }

  /** Links the events that begin from an instant on to objects that are this many rows further down. */
  relink(object: string, rows: number, from: number): void {
    this.#relinked.set(object, { rows, from });
  }

  /** The linked object: its row in the object's table, -1 for none. */
  link(row: number, object: string): number {
    const link = this.#link(row, object);
    const { rows, from } = this.#relinked.get(object) ?? { rows: 0, from: 0 };
    return link >= 0 && this.start(row) >= from ? link + rows : link;
  }

  #link(row: number, object: string): number {
    if (object === 'device') return this.columns.device[row]!;
    if (object === 'user') return this.columns.user[row]!;
    const bits = scatter(this.#draw.seed + 31, row);
    if (object === 'service' && bits % 3 !== 0) return -1;
    const base = this.platform(row) === 'mac_os' ? catalogSize(object) : 0;
    if (object === 'executable') return base + parentOf('executable', bits % catalogSize('binary'));
    if (object === 'application') {
      return base + parentOf('application', parentOf('executable', bits % catalogSize('binary')));
    }
    return base + ((object === 'binary' ? bits : scatter(bits, object.length)) % catalogSize(object));
  }

  cell(row: number, field: Field): Cell {
    switch (field.name) {
      case 'id':
        return FIRST_ID + row;
      case 'time':
      case 'start_time':
        return this.start(row);
      case 'end_time':
        return this.end(row);
      case 'device_ip_address':
        return this.#linked(row, 'device', 'last_ip_address');
      case 'destination_ip_address':
        return this.#linked(row, 'destination', 'ip_address');
      case 'binary_path':
        return (this.#linked(row, 'binary', 'paths') as readonly string[] | null)?.at(-1) ?? null;
    }
    if (field.name === 'duration' && this.table.time?.end) return this.columns.seconds[row]! * 1000;
    return drawValue(field, field.number, { ...this.#draw, row });
  }

  #linked(row: number, object: string, field: string): Cell {
    return this.#objects.get(object)!.rows[this.link(row, object)]?.cells.get(field) ?? null;
  }
}
