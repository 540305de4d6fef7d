import { type RawRow, rawRows } from '../../local/simulator/raw-rows.ts';
import type { EngineWorld, World } from '../../local/simulator/world.ts';

/** What a CSV of the archive must hold: its event table and the objects told beside each event. Written by hand. */
const EVENT_FILES: Readonly<Record<string, { readonly event: string; readonly beside: readonly string[] }>> = {
  executions: { event: 'execution', beside: ['user', 'device', 'binary', 'executable', 'application'] },
  connections: {
    event: 'connection',
    beside: ['user', 'device', 'binary', 'executable', 'application', 'destination', 'port'],
  },
  web_requests: {
    event: 'web_request',
    beside: ['user', 'device', 'binary', 'executable', 'application', 'destination', 'domain', 'port'],
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

/** As a spreadsheet-safe cell: the rule, written anew for the tests. */
const safe = (cell: string): string =>
  /^[=@\t\r]/.test(cell) || /^[+-](?!\d+(\.\d+)?$)./s.test(cell) || cell === '+' ? `'${cell}` : cell;

/** Cells by column; `-` and empty cells are left out, so that absent fields and missing values compare alike. */
type Cells = Record<string, string>;

const present = (cells: Cells): Cells =>
  Object.fromEntries(Object.entries(cells).filter(([, cell]) => cell !== '' && cell !== '-'));

/** One row as a text that compares: columns in order of name. */
export const fingerprint = (cells: Cells): string => {
  const shown = present(cells);
  return JSON.stringify(
    Object.keys(shown)
      .sort()
      .map((column) => [column, shown[column]]),
  );
};

const named = (engine: EngineWorld, kind: string, name: string, platform: (typeof PLATFORMS)[number]): RawRow[] =>
  [...rawRows(engine, kind, platform)].filter(({ cells }) => cells.name === name);

const under = (table: string, cells: Readonly<Record<string, string>>): Cells =>
  Object.fromEntries(Object.entries(cells).map(([field, cell]) => [`${table}/${field}`, safe(cell)]));

/** Every row that the archive's file must hold, from the simulators' data alone; `undefined` for a file we do not know. */
export function* truth(world: World, file: string, kind: 'user' | 'device', name: string): Generator<string> {
  for (const engine of world.engines) {
    for (const platform of PLATFORMS) {
      const subjects = named(engine, kind, name, platform);
      const prefix = { engine: engine.name, platform };
      if (file === kind) {
        for (const { cells } of subjects) {
          const shown = Object.entries(cells).map(([field, cell]) => [field, safe(cell)]);
          yield fingerprint({ ...prefix, ...Object.fromEntries(shown) });
        }
        continue;
      }
      const spec = EVENT_FILES[file];
      if (!spec || subjects.length === 0 || platform === 'mobile') continue;
      const ids = new Set(subjects.map(({ id }) => id));
      const objects = new Map(
        spec.beside.map((table) => [table, new Map([...rawRows(engine, table, platform)].map((row) => [row.id, row]))]),
      );
      for (const row of rawRows(engine, spec.event, platform)) {
        if (!ids.has(row.links[kind] ?? -1)) continue;
        const beside = spec.beside.map((table) =>
          under(table, objects.get(table)!.get(row.links[table] ?? -1)?.cells ?? {}),
        );
        yield fingerprint(Object.assign({}, prefix, under(spec.event, row.cells), ...beside));
      }
    }
  }
}
