import type * as z from 'zod';
import { SettingsError } from '../../modules/common/errors.ts';

/** Parses what an operator has written. @throws {SettingsError} naming the wrong field, without its value */
export function check<T>(schema: z.ZodType<T>, document: string, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new SettingsError(document, `${issue?.path.join('.')}: ${issue?.message}`);
}
