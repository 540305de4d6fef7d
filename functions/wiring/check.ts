import type * as z from 'zod';
import { SettingsError } from '../../modules/common/errors.ts';

/** What an operator has written, once it has the right form. @throws {SettingsError} naming the field that is wrong, without its value */
export function check<T>(schema: z.ZodType<T>, document: string, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new SettingsError(document, `${issue?.path.join('.')}: ${issue?.message}`);
}
