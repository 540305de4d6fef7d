import * as z from 'zod';
import { Instant } from '../common/shapes.ts';

/** A short-lived link to one archive; never stored or logged (docs/decisions/0022). */
export const Link = z
  .strictObject({ url: z.url(), expiresAt: Instant })
  .describe('A download link to one archive; it expires after minutes');
export type Link = Readonly<z.infer<typeof Link>>;
