import * as z from 'zod';

/** When missing sources are queried again without a person, until the archive expires. */
export const RerunPolicy = z.strictObject({
  /** `people`: only when a person or a caller asks for it. */
  by: z.enum(['people', 'service-account']).default('people'),
  /** Wait after the first attempt; doubled after each further one, up to the longest. */
  firstMinutes: z.int().min(0).max(10_080).default(60),
  longestMinutes: z.int().min(0).max(10_080).default(1440),
});
export type RerunPolicy = Readonly<z.infer<typeof RerunPolicy>>;
