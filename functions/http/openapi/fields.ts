import type * as z from 'zod';

/** The fields of an object, each field of the type `T` among them: one that is forgotten does not compile. */
export type FieldsOf<T> = { readonly [Field in keyof T]-?: z.ZodType };
