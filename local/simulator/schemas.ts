import { type Field, type Schema, TABLES, type Table } from './world/data-model.ts';
import type { Platform } from './world/people.ts';

/** Numbers of fields outside the documented model begin here. */
const FIRST_EXTRA = 900;

/** The documented model without one table, as an older version of an Engine has it. */
export const schemaWithout = (name: string): Schema => new Map([...TABLES].filter(([table]) => table !== name));

/** Tables in which another version has columns more and columns less, some on one platform alone. */
const ALTERED: Readonly<Record<string, { readonly gone: readonly string[]; readonly added: readonly Added[] }>> = {
  user: { gone: ['job_title', 'locality'], added: [['preferred_language', 'string']] },
  device: {
    gone: ['disks_smart_index', 'number_of_graphical_cards'],
    added: [
      ['firmware_channel', 'string'],
      ['secure_boot', 'enum', ['windows']],
    ],
  },
  execution: {
    gone: ['privilege_level'],
    added: [
      ['parent_binary_path', 'path'],
      ['gatekeeper_state', 'enum', ['mac_os']],
    ],
  },
  connection: { gone: ['network_interface_iana_code'], added: [['proxy_name', 'string', ['windows']]] },
  user_activity: { gone: ['real_duration'], added: [['session_kind', 'enum']] },
  binary: { gone: [], added: [['signer', 'string']] },
};

type Added = readonly [name: string, type: string, platforms?: readonly Platform[]];

/** The documented model with other columns in some tables. */
export const otherColumns = (): Schema => new Map([...TABLES].map(([name, table]) => [name, alter(table)]));

function alter(table: Table): Table {
  const change = ALTERED[table.name];
  if (!change) return table;
  const kept = table.fields.filter(({ name }) => !change.gone.includes(name));
  const added = change.added.map(
    ([name, type, platforms], index): Field => ({
      number: FIRST_EXTRA + index,
      name,
      type,
      platforms: platforms ?? table.platforms,
      list: false,
      values: undefined,
    }),
  );
  return { ...table, fields: [...kept.slice(0, 2), ...added, ...kept.slice(2)] };
}

const field = (name: string, type: string, number: number, platforms: readonly Platform[]): Field => ({
  number: FIRST_EXTRA + number,
  name,
  type,
  platforms,
  list: false,
  values: undefined,
});

/** An event table that the documented model lacks. */
function unknownTable(name: string, links: readonly string[], columns: readonly (readonly [string, string])[]): Table {
  const platforms: readonly Platform[] = ['windows', 'mac_os'];
  const own = [['id', 'identifier'], ['start_time', 'datetime'], ['end_time', 'datetime'], ...columns] as const;
  const fields = own.map(([column, type], number) => field(column, type, number, platforms));
  return { name, kind: 'event', platforms, links, time: { start: 'start_time', end: 'end_time' }, fields };
}

/** The documented model and tables of a newer version: about users and devices, about devices alone, about neither. */
export const withUnknownTables = (): Schema =>
  new Map([
    ...TABLES,
    ...[
      unknownTable('remote_session', ['user', 'device'], [['gateway', 'string']]),
      unknownTable('sensor_reading', ['device'], [['temperature', 'integer']]),
      unknownTable('gateway_check', ['destination'], [['outcome', 'string']]),
    ].map((table) => [table.name, table] as const),
  ]);
