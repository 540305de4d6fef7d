import type { Cell } from '../world/cells.ts';
import { sharedFields } from '../world/data-model.ts';
import { objectCell } from '../world/objects.ts';
import type { Platform } from '../world/people.ts';
import type { EngineWorld } from '../world/world.ts';
import { NxqlError, nearest } from './error.ts';
import type { FieldName } from './nodes.ts';
import { wildcard } from './wildcard.ts';

/** A field of a table that can be read: by row of the table and the platform that is asked. */
export interface Readable {
  readonly name: string;
  readonly type: string;
  read(row: number, platform: Platform): Cell;
}

/**
 * The fields that a name of a statement stands for: one, or several when it holds `*`, which never means dynamic ones.
 * @throws {NxqlError} there is none; the options are the names of the table
 */
export function resolveFields(
  engine: EngineWorld,
  tableName: string,
  { text, dynamic }: FieldName,
  platforms: readonly Platform[],
): Readable[] {
  if (dynamic) return [resolveDynamic(engine, tableName, text)];
  const fields = sharedFields(engine.tables.get(tableName)!, platforms);
  const wanted = text.includes('*') ? wildcard(text) : undefined;
  const found = fields.filter(({ name }) => (wanted ? wanted.test(name) : name === text));
  if (found.length === 0) {
    throw new NxqlError(
      `${tableName} has no field ${text}`,
      nearest(
        text,
        fields.map(({ name }) => name),
      ),
    );
  }
  const objects = engine.objects.get(tableName);
  const events = engine.events.get(tableName);
  return found.map((field) => ({
    name: field.name,
    type: field.type,
    read: objects
      ? (row, platform) => objectCell(objects.rows[row]!, field.name, platform)
      : (row) => events!.cell(row, field),
  }));
}

function resolveDynamic(engine: EngineWorld, tableName: string, name: string): Readable {
  const fields = engine.dynamicFields[tableName] ?? [];
  const field = fields.find((candidate) => candidate.name === name);
  if (!field) {
    const names = fields.map((candidate) => `#${candidate.name}`);
    throw new NxqlError(`${tableName} has no dynamic field of this name`, nearest(`#${name}`, names));
  }
  const { rows } = engine.objects.get(tableName)!;
  return { name: `#${name}`, type: field.type, read: (row) => rows[row]!.dynamic.get(name) ?? null };
}
