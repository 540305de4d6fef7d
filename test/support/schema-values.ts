import fc from 'fast-check';

/** What is used of JSON Schema (2020-12) in the OpenAPI document. */
export interface Schema {
  readonly $ref?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** What means something to the system, where the schema alone would give values that lead nowhere. */
export interface Known {
  /** By name of the property. */
  readonly values: Readonly<Record<string, fc.Arbitrary<unknown>>>;
  /** Properties that are mostly there, though they need not. */
  readonly mostly: readonly string[];
}

const NOTHING: Known = { values: {}, mostly: [] };

/**
 * Values that a schema allows.
 * @param resolve what a `$ref` stands for
 */
export function valuesOf(
  schema: Schema,
  resolve: (ref: string) => Schema,
  known: Known = NOTHING,
): fc.Arbitrary<unknown> {
  const of = (inner: Schema): fc.Arbitrary<unknown> => valuesOf(inner, resolve, known);
  if (schema.$ref) return of(resolve(schema.$ref));
  if ('const' in schema) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) return fc.oneof(...choices.map(of));
  switch (schema.type) {
    case 'object': {
      const fields = Object.entries(schema.properties ?? {}).map(
        ([name, inner]) => [name, known.values[name] ?? of(inner)] as const,
      );
      const record = (keys: readonly string[]) => fc.record(Object.fromEntries(fields), { requiredKeys: [...keys] });
      const required = schema.required ?? [];
      const more = known.mostly.filter((name) => fields.some(([field]) => field === name) && !required.includes(name));
      return fc.oneof(
        { weight: 4, arbitrary: record([...required, ...more]) },
        { weight: 1, arbitrary: record(required) },
      );
    }
    case 'array': {
      const length = { minLength: schema.minItems ?? 0, maxLength: schema.maxItems ?? 4 };
      const items = of(schema.items!);
      return schema.uniqueItems ? fc.uniqueArray(items, length) : fc.array(items, length);
    }
    case 'string':
      return textsOf(schema);
    case 'integer':
      return fc.integer({ min: schema.minimum ?? -1000, max: schema.maximum ?? 1000 });
    case 'boolean':
      return fc.boolean();
    default:
      throw new Error(`no values for ${JSON.stringify(schema)}`);
  }
}

function textsOf({ format, pattern, minLength = 0, maxLength = 40 }: Schema): fc.Arbitrary<string> {
  if (format === 'uuid') return fc.uuid();
  if (format === 'date-time')
    return fc.date({ noInvalidDate: true, min: new Date(0) }).map((date) => date.toISOString());
  if (pattern) return fc.stringMatching(new RegExp(pattern));
  return fc.string({ minLength, maxLength: Math.min(maxLength, 40), unit: 'grapheme' });
}

/** A value with one place of it dropped, replaced, or joined by something that nobody asked for. Often no longer valid. */
export const spoiled = (values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc
    .tuple(values, fc.nat(), fc.constantFrom('drop', 'add', 'replace'), fc.jsonValue({ maxDepth: 2 }))
    .map(([value, place, how, other]) => {
      const copy: unknown = structuredClone(value);
      const places = placesIn(copy);
      const at = places[place % Math.max(1, places.length)];
      if (!at) return other;
      if (how === 'drop') delete at.holder[at.key];
      else at.holder[how === 'add' ? `${at.key}x` : at.key] = other;
      return copy;
    });

interface Place {
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

const placesIn = (value: unknown): Place[] =>
  typeof value !== 'object' || value === null
    ? []
    : Object.entries(value).flatMap(([key, inner]) => [
        { holder: value as Record<string, unknown>, key },
        ...placesIn(inner),
      ]);
