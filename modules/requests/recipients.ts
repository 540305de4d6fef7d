import * as z from 'zod';

/** Ids of further Callers to whom the archive is delivered: `sub` of a person's token, `iam:` and the id of a role. */
export const Recipients = z
  .array(z.string().regex(/^[\x21-\x7e]{1,128}$/, '1 to 128 characters of ASCII, no space'))
  .min(1)
  .max(10);
