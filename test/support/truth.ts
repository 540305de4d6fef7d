import { sharedFields } from '../../local/simulator/world/data-model.ts';
import { type RawRow, rawRows } from '../../local/simulator/world/raw-rows.ts';
import { type EngineWorld, packagesOn, type World } from '../../local/simulator/world/world.ts';

/** What a CSV of the archive must hold: its event table and the objects told beside each event. Written by hand. */
const EVENT_FILES: Readonly<Record<string, { readonly event: string; readonly beside: readonly string[] }>> = {
  executions: { event: 'execution', beside: ['user', 'device', 'binary', 'executable', 'application'] },
  connections: {
    event: 'connection',
    beside: ['user', 'device', 'binary', 'executable', 'application', 'destination', 'port', 'service'],
  },
  web_requests: {
    event: 'web_request',
    beside: [
      'user',
      'device',
      'binary',
      'executable',
      'application',
      'destination',
      'domain',
      'port',
      'url_path',
      'service',
    ],
  },
  user_activity: { event: 'user_activity', beside: ['user', 'device'] },
  session_performance: { event: 'session_performance', beside: ['user', 'device'] },
  execution_errors: { event: 'execution_error', beside: ['user', 'device', 'binary', 'executable', 'application'] },
  execution_warnings: { event: 'execution_warning', beside: ['user', 'device', 'binary', 'executable', 'application'] },
  print_jobs: { event: 'print_job', beside: ['user', 'device', 'printer'] },
  port_scans: { event: 'port_scan', beside: ['user', 'device', 'binary', 'destination'] },
  device_activity: { event: 'device_activity', beside: ['device'] },
  device_errors: { event: 'device_error', beside: ['device'] },
  device_warnings: { event: 'device_warning', beside: ['device'] },
  device_performance: { event: 'device_performance', beside: ['device'] },
  installations: { event: 'installation', beside: ['device', 'package'] },
};

const PLATFORMS = ['windows', 'mac_os', 'mobile'] as const;
type Platform = (typeof PLATFORMS)[number];

/** As a spreadsheet-safe cell: the rule, written anew for the tests. */
const safe = (cell: string): string =>
  /^[=@\t\r]/.test(cell) || /^[+-](?!\d+(\.\d+)?$)./s.test(cell) || cell === '+' ? `'${cell}` : cell;

/** Cells by column. */
type Cells = Record<string, string>;

/** One row as a text that compares: columns in order of name. Empty cells, of absent fields, are left out; `-` is not. */
export const fingerprint = (cells: Cells): string => {
  const shown = Object.keys(cells).filter((column) => cells[column] !== '');
  return JSON.stringify(shown.sort().flatMap((column) => [column, cells[column]]));
};

/** Remembers what was worked out of an Engine's rows: one file after the other asks for the same. */
function remembered<T>(workOut: (engine: EngineWorld, table: string, platform: Platform) => T) {
  const known = new WeakMap<EngineWorld, Map<string, T>>();
  return (engine: EngineWorld, table: string, platform: Platform): T => {
    const ofEngine = known.get(engine) ?? new Map<string, T>();
    known.set(engine, ofEngine);
    const key = `${table} ${platform}`;
    if (!ofEngine.has(key)) ofEngine.set(key, workOut(engine, table, platform));
    return ofEngine.get(key)!;
  };
}

/** All rows of a table. No test that asks for the truth changes dynamic fields. */
const rowsOf = remembered((...of): readonly RawRow[] => [...rawRows(...of)]);

/** The rows of an object table by id, as they stand beside an event. */
const besideById = remembered(
  (engine, table, platform) =>
    new Map(rowsOf(engine, table, platform).map(({ id, cells }) => [id, under(table, cells)])),
);

const named = (engine: EngineWorld, kind: string, name: string, platform: Platform): RawRow[] =>
  rowsOf(engine, kind, platform).filter(({ cells }) => cells.name === name);

const under = (table: string, cells: Readonly<Record<string, string>>): Cells =>
  Object.fromEntries(Object.entries(cells).map(([field, cell]) => [`${table}/${field}`, cell]));

/** An event without such an object: `-` in each of its fields, where the platform has any. */
const nothing = remembered((engine, table, platform): Cells => {
  const known = engine.objects.get(table)?.table;
  if (!known?.platforms.includes(platform)) return {};
  return under(table, Object.fromEntries(sharedFields(known, [platform]).map(({ name }) => [name, '-'])));
});

/** Names of the accounts in a list cell that are the user's: bare, or behind a domain. */
export const accountsOf = (cell: string, name: string): string[] =>
  cell.split(/,\s*/).filter((entry) => entry === name || entry.endsWith(`\\${name}`) || entry.startsWith(`${name}@`));

/** Ids of the objects of `table` that share an event of these tables with one of `ids`. */
function seenWith(
  engine: EngineWorld,
  platform: Platform,
  kind: string,
  ids: ReadonlySet<number>,
  table: string,
): Set<number> {
  const seen = new Set<number>();
  for (const event of ['user_activity', 'execution']) {
    for (const { links } of rowsOf(engine, event, platform)) {
      if (ids.has(links[kind] ?? -1) && links[table] !== undefined) seen.add(links[table]);
    }
  }
  return seen;
}

/** Files that tell which users and devices were seen together. */
const LISTS = ['devices_used', 'devices_last_logged_on', 'devices_local_admin', 'users_of_device'];

/** Rows of the short files that are put together from several answers. */
function* listRows(
  engine: EngineWorld,
  platform: Platform,
  file: string,
  kind: string,
  name: string,
): Generator<Cells> {
  const subjects = named(engine, kind, name, platform);
  const ids = new Set(subjects.map(({ id }) => id));
  const pick = ({ cells }: RawRow, fields: readonly string[]) =>
    Object.fromEntries(fields.map((field) => [field, cells[field] ?? '']));
  if (file === `${kind}_dynamic_fields`) {
    for (const { id, cells, dynamic } of subjects) {
      for (const [field, value] of Object.entries(dynamic)) {
        yield { id: String(id), name: cells.name!, field, value };
      }
    }
  }
  if (!LISTS.includes(file)) return;
  const devices = rowsOf(engine, 'device', platform);
  if (file === 'devices_used' && platform !== 'mobile') {
    const used = seenWith(engine, platform, 'user', ids, 'device');
    for (const row of devices)
      if (used.has(row.id)) yield pick(row, ['id', 'name', 'device_uid', 'entity', 'last_seen']);
  }
  if (file === 'devices_last_logged_on') {
    const fields = ['id', 'name', 'device_uid', 'last_logged_on_user', 'last_logon_time'];
    for (const row of devices) if (row.cells.last_logged_on_user === name) yield pick(row, fields);
  }
  if (file === 'devices_local_admin') {
    for (const row of devices) {
      for (const list of ['local_administrators', 'local_power_users']) {
        for (const entry of accountsOf(row.cells[list] ?? '', name)) {
          yield { ...pick(row, ['id', 'name', 'device_uid']), list, entry };
        }
      }
    }
  }
  if (file === 'users_of_device' && platform !== 'mobile') {
    const users = seenWith(engine, platform, 'device', ids, 'user');
    for (const row of rowsOf(engine, 'user', platform)) if (users.has(row.id)) yield pick(row, ['id', 'name', 'type']);
  }
}

/** Each package on each device of this name. */
function* packageRows(engine: EngineWorld, platform: Platform, name: string): Generator<Cells> {
  if (platform === 'mobile') return;
  const packages = new Map(rowsOf(engine, 'package', platform).map((row) => [row.id, row]));
  for (const { id, cells } of named(engine, 'device', name, platform)) {
    const rows = engine.objects.get('device')!.rows;
    const device = rows.findIndex((row) => row.id === id);
    for (const index of packagesOn(engine, device)) {
      const found = packages.get(engine.objects.get('package')!.rows[index]!.id);
      if (!found) continue;
      yield {
        ...under('package', found.cells),
        ...under('device', { id: cells.id!, name, device_uid: cells.device_uid! }),
      };
    }
  }
}

/** Rows of the object itself, and of the events about it. */
function* streamRows(
  engine: EngineWorld,
  platform: Platform,
  file: string,
  kind: string,
  name: string,
): Generator<Cells> {
  const subjects = named(engine, kind, name, platform);
  if (file === kind) {
    for (const { cells, dynamic } of subjects) {
      const all = [
        ...Object.entries(cells),
        ...Object.entries(dynamic).map(([field, cell]) => [`#${field}`, cell] as const),
      ];
      // `platform` is the name of one of our own columns too
      yield Object.fromEntries(all.map(([field, cell]) => [field === 'platform' ? 'platform (2)' : field, cell]));
    }
  }
  if (file === 'packages') yield* packageRows(engine, platform, name);
  const spec = EVENT_FILES[file];
  if (!spec || subjects.length === 0 || platform === 'mobile') return;
  const ids = new Set(subjects.map(({ id }) => id));
  for (const row of rowsOf(engine, spec.event, platform)) {
    if (!ids.has(row.links[kind] ?? -1)) continue;
    const beside = spec.beside.map(
      (table) => besideById(engine, table, platform).get(row.links[table] ?? -1) ?? nothing(engine, table, platform),
    );
    yield Object.assign({}, under(spec.event, row.cells), ...beside);
  }
}

/**
 * Every row of one Engine that the archive's file must hold, from the simulators' data alone.
 * @param neutralized whether formulas get an apostrophe
 */
export function* engineTruth(
  engine: EngineWorld,
  file: string,
  kind: 'user' | 'device',
  name: string,
  neutralized: boolean,
): Generator<Cells> {
  const finished = (row: Cells): Cells =>
    Object.fromEntries(Object.entries(row).map(([column, cell]) => [column, neutralized ? safe(cell) : cell]));
  for (const platform of PLATFORMS) {
    const prefix = { engine: engine.name, platform };
    for (const row of listRows(engine, platform, file, kind, name)) yield { ...prefix, ...finished(row) };
    for (const row of streamRows(engine, platform, file, kind, name)) yield { ...prefix, ...finished(row) };
  }
}

/** The same for all Engines, formulas neutralized, each row as a text that compares. */
export function* truth(world: World, file: string, kind: 'user' | 'device', name: string): Generator<string> {
  for (const engine of world.engines)
    for (const row of engineTruth(engine, file, kind, name, true)) yield fingerprint(row);
}

/** Files that a retrieval brings, as far as the simulators have them. */
export const TRUE_FILES = {
  user: [
    ...['user', 'user_dynamic_fields', 'devices_used', 'devices_last_logged_on', 'devices_local_admin'],
    ...['executions', 'connections', 'web_requests', 'user_activity', 'session_performance', 'execution_errors'],
    ...['execution_warnings', 'print_jobs', 'port_scans'],
  ],
  device: [...['device', 'device_dynamic_fields', 'users_of_device', 'packages'], ...Object.keys(EVENT_FILES)],
} as const;
