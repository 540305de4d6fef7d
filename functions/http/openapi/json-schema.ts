import * as z from 'zod';

/** Leaves out of a JSON Schema what only repeats what `format` and `integer` say. */
export function dropRepeats({ jsonSchema }: { readonly jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.format) delete jsonSchema.pattern;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.propertyNames) delete jsonSchema.propertyNames;
}

/** JSON Schema of a parameter, as a caller writes it. */
export function jsonSchemaOf(schema: z.ZodType): Readonly<Record<string, unknown>> {
  const json = z.toJSONSchema(schema, { io: 'input', override: dropRepeats });
  const { $schema: _dialect, default: preset, ...shape } = json;
  return preset === undefined ? shape : { ...shape, default: preset };
}
