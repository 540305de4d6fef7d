import * as z from 'zod';

export type ReadonlyDeep<T> = T extends object ? { readonly [Field in keyof T]: ReadonlyDeep<T[Field]> } : T;

/** The fields of a value that are in the schema: no other gets out. */
export const fieldsOf = <Shape extends z.ZodRawShape>(schema: z.ZodObject<Shape>, value: object) =>
  Object.fromEntries(Object.entries(value).filter(([name]) => name in schema.shape)) as z.infer<typeof schema>;

/** A number of rows, bytes, tables and so on. */
export const Count = z.int().min(0);
/** An instant, ISO 8601 UTC. */
export const Instant = z.iso.datetime();
/** SHA-256, hex. */
export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
/** Id that an operator gives to something in the settings. */
export const SettingsId = z.string().regex(/^[a-z0-9-]{1,40}$/, 'lower-case letters, digits and hyphens only');
