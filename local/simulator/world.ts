import { CATALOG_TABLES, draftCatalog } from './catalog-objects.ts';
import { TABLES, tableNames } from './data-model.ts';
import { drawEvents, shareRows } from './event-draw.ts';
import { EventTable } from './events.ts';
import { completeObjects, type ObjectDraft, type ObjectTable } from './objects.ts';
import { type People, samplePeople } from './people.ts';
import { draftDevices, draftUsers } from './person-objects.ts';
import { Random, scatter } from './random.ts';
import { Zone } from './zone.ts';

/** One Engine with all it has recorded. */
export interface EngineWorld {
  readonly name: string;
  readonly databaseUID: string;
  readonly machineID: string;
  readonly zone: Zone;
  readonly version: string;
  readonly objects: ReadonlyMap<string, ObjectTable>;
  readonly events: ReadonlyMap<string, EventTable>;
}

/** The sample company: its people, and the Engines that watch them. */
export interface World {
  readonly people: People;
  readonly engines: readonly EngineWorld[];
}

/** `rows` event rows per Engine over all event tables; `now` the end of the recorded time. */
export interface WorldOptions {
  readonly engines: number;
  readonly rows: number;
  readonly seed: number;
  readonly now: Date;
}

const ZONES = ['Europe/Zurich', 'America/New_York', 'UTC', 'Asia/Kolkata'];

/** Builds what the Engines hold. The same options give the same world, to the last cell. */
export function buildWorld({ engines, rows, seed, now }: WorldOptions): World {
  const people = samplePeople(seed, engines);
  const instant = Math.floor(now.getTime() / 1000) * 1000;
  const numbers = Array.from({ length: engines }, (_, index) => index + 1);
  return {
    people,
    engines: numbers.map((number) => buildEngine(people, number, rows, scatter(seed, number), instant)),
  };
}

function buildEngine(people: People, number: number, rows: number, seed: number, now: number): EngineWorld {
  const random = new Random(seed);
  const zone = new Zone(ZONES[(number - 1) % ZONES.length]!);
  const objects = buildObjects(people, number, seed, now);
  const context = { people, users: objects.get('user')!, devices: objects.get('device')!, zone, now, random };
  const uid = [8, 4, 4, 4, 12].map((digits) => random.hex(digits)).join('-');
  const events = new Map(
    [...shareRows(rows)].map(([name, count], index) => {
      const table = TABLES.get(name)!;
      const columns = drawEvents(table, count, context);
      return [name, new EventTable(table, columns, objects, { seed: scatter(seed, 100 + index), now })];
    }),
  );
  const machineID = random.hex(16);
  return { name: `engine-${number}`, databaseUID: uid, machineID, zone, version: '6.30.4.28', objects, events };
}

function buildObjects(people: People, number: number, seed: number, now: number): Map<string, ObjectTable> {
  const context = { people, number, seed, now };
  const drafts = new Map<string, ObjectDraft[]>([
    ['user', draftUsers(context)],
    ['device', draftDevices(context)],
    ...CATALOG_TABLES.map((table): [string, ObjectDraft[]] => [table, draftCatalog(table, people)]),
  ]);
  return new Map(
    tableNames('object').map((name, index) => [
      name,
      completeObjects(TABLES.get(name)!, drafts.get(name)!, scatter(seed, 10 + index), now),
    ]),
  );
}

/** Packages installed on a device: rows of the package table. */
export function packagesOn(engine: EngineWorld, device: number): number[] {
  const platform = engine.objects.get('device')!.rows[device]!.platforms[0]!;
  return [...engine.objects.get('package')!.rows.entries()]
    .filter(([row, { platforms }]) => platforms.includes(platform) && scatter(device, row) % 3 === 0)
    .map(([row]) => row);
}
