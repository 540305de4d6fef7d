import * as z from 'zod';

export type ReadonlyDeep<T> = T extends object ? { readonly [Field in keyof T]: ReadonlyDeep<T[Field]> } : T;

/** A number of rows, bytes, tables and so on. */
export const Count = z.int().min(0);
/** An instant, ISO 8601 UTC. */
export const Instant = z.iso.datetime();
/** SHA-256, hex. */
export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
/** Id that an operator gives to something in the settings. */
export const SettingsId = z.string().regex(/^[a-z0-9-]{1,40}$/, 'lower-case letters, digits and hyphens only');
