import { narrowView, type View } from '../servers/view.ts';
import { CATALOG_TABLES, draftCatalog } from './catalog-objects.ts';
import { type Schema, TABLES, tableNames } from './data-model.ts';
import { DYNAMIC_FIELDS, type DynamicFields, drawDynamic } from './dynamic-fields.ts';
import { drawEvents, shareRows } from './event-draw.ts';
import { EventTable } from './events.ts';
import { companyPeople, type GivenPeople } from './given-people.ts';
import { completeObjects, type ObjectDraft, type ObjectTable } from './objects.ts';
import type { People } from './people.ts';
import { draftDevices, draftUsers, type EngineContext } from './person-objects.ts';
import { Random, scatter } from './random.ts';
import { Zone } from './zone.ts';

/** One Engine with all it has recorded. */
export interface EngineWorld {
  readonly name: string;
  readonly databaseUID: string;
  readonly machineID: string;
  readonly zone: Zone;
  readonly version: string;
  /** The tables and fields that this Engine's version has. */
  readonly tables: Schema;
  /** What the account may see, and what was not removed; everything when absent. */
  view?: View;
  readonly objects: ReadonlyMap<string, ObjectTable>;
  readonly events: ReadonlyMap<string, EventTable>;
  /** By object table. */
  readonly dynamicFields: DynamicFields;
}

/** The sample company: its people, and the Engines that watch them. */
export interface World {
  readonly people: People;
  readonly engines: readonly EngineWorld[];
}

/**
 * `rows` event rows per Engine over all event tables; `now` the end of the recorded time; `variants` by name of the
 * Engine; `ancient` adds to the tables with users events that began 410 days ago and lasted until three days ago.
 */
interface WorldOptions {
  readonly engines: number;
  readonly rows: number;
  readonly seed: number;
  readonly now: Date;
  readonly ancient?: boolean;
  readonly variants?: ReadonlyMap<string, Variant>;
  readonly people?: GivenPeople;
}

/** How one Engine differs from the others: another version's tables, or an account with a narrow view domain. */
export interface Variant {
  readonly tables?: Schema;
  readonly narrow?: boolean;
  /** Dynamic fields of a table in place of the sample company's. */
  readonly dynamicFields?: DynamicFields;
}

/** Events of each table that the documented model lacks. */
const UNKNOWN_ROWS = 40;

const ZONES = ['Europe/Zurich', 'America/New_York', 'UTC', 'Asia/Kolkata'];

/** Builds what the Engines hold. The same options give the same world, to the last cell. */
export function buildWorld({ engines, rows, seed, now, ancient = false, ...options }: WorldOptions): World {
  const people = companyPeople(seed, engines, options.people);
  const instant = Math.floor(now.getTime() / 1000) * 1000;
  const numbers = Array.from({ length: engines }, (_, index) => index + 1);
  return {
    people,
    engines: numbers.map((number) => {
      const variant = options.variants?.get(`engine-${number}`) ?? {};
      return buildEngine({ people, number, rows, seed: scatter(seed, number), now: instant, ancient, variant });
    }),
  };
}

interface EngineDraft extends EngineContext {
  readonly rows: number;
  readonly ancient: boolean;
  readonly variant: Variant;
}

function buildEngine(draft: EngineDraft): EngineWorld {
  const { people, number, rows, seed, now, ancient, variant } = draft;
  const { tables = TABLES } = variant;
  const random = new Random(seed);
  const zone = new Zone(ZONES[(number - 1) % ZONES.length]!);
  const objects = buildObjects(draft, tables);
  const [users, devices] = [objects.get('user')!, objects.get('device')!];
  const context = { people, users, devices, zone, now, random, ancient };
  const uid = [8, 4, 4, 4, 12].map((digits) => random.hex(digits)).join('-');
  const events = new Map(
    [...shareRows(rows)].flatMap(([name, count], index): [string, EventTable][] => {
      const table = tables.get(name);
      if (!table) return [];
      const columns = drawEvents(table, count, context);
      return [[name, new EventTable(table, columns, objects, { seed: scatter(seed, 100 + index), now })]];
    }),
  );
  for (const [index, table] of [...tables.values()].filter(({ name }) => !TABLES.has(name)).entries()) {
    const columns = drawEvents(table, UNKNOWN_ROWS, { ...context, random: new Random(scatter(seed, 200 + index)) });
    events.set(table.name, new EventTable(table, columns, objects, { seed: scatter(seed, 300 + index), now }));
  }
  const machineID = random.hex(16);
  const view = variant.narrow ? { view: narrowView(users.rows.length, devices.rows.length) } : {};
  const dynamicFields = fieldsOf(variant);
  const identity = { name: `engine-${number}`, databaseUID: uid, machineID, zone, version: '6.30.4.28' };
  return { ...identity, tables, ...view, objects, events, dynamicFields };
}

const fieldsOf = ({ dynamicFields }: Variant): DynamicFields => ({ ...DYNAMIC_FIELDS, ...dynamicFields });

function buildObjects(context: EngineDraft, tables: Schema): Map<string, ObjectTable> {
  const { people, seed, now, variant } = context;
  const drafts = new Map<string, ObjectDraft[]>([
    ['user', withFields(draftUsers(context), 'user', seed, variant)],
    ['device', withFields(draftDevices(context), 'device', seed, variant)],
    ...CATALOG_TABLES.map((table): [string, ObjectDraft[]] => [table, draftCatalog(table, people, seed)]),
  ]);
  return new Map(
    tableNames('object').map((name, index) => [
      name,
      completeObjects(tables.get(name)!, drafts.get(name)!, scatter(seed, 10 + index), now),
    ]),
  );
}

/** Drafts with the values of an Engine's own dynamic fields. */
const withFields = (drafts: ObjectDraft[], table: string, seed: number, { dynamicFields }: Variant): ObjectDraft[] =>
  dynamicFields?.[table]
    ? drafts.map((draft, row) => ({ ...draft, dynamic: drawDynamic(dynamicFields, table, seed, row) }))
    : drafts;

/** Packages installed on a device: rows of the package table. */
export function packagesOn(engine: EngineWorld, device: number): number[] {
  const platform = engine.objects.get('device')!.rows[device]!.platforms[0]!;
  return [...engine.objects.get('package')!.rows.entries()]
    .filter(([row, { platforms }]) => platforms.includes(platform) && scatter(device, row) % 3 === 0)
    .map(([row]) => row);
}
