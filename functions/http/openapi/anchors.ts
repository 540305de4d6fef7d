import * as z from 'zod';
import type { AnchorsView, StampedAnchor } from '../../../modules/proof/audit-anchors.ts';
import type { FieldsOf } from './fields.ts';

const Digest = z.string().regex(/^[0-9a-f]{64}$/);

/** A page of anchors of audit trails. */
export const AnchorsViewSchema: z.ZodType<AnchorsView> = z.strictObject({
  anchors: z.array(
    z.strictObject({
      at: z.iso.datetime(),
      before: Digest.describe(
        'SHA-256 of the canonical JSON of the anchor before, without its stamp; zeros for the first',
      ),
      heads: z
        .record(Digest, Digest)
        .describe('SHA-256 of the last entry of an audit trail, by the SHA-256 of the id of its request'),
      stamp: z
        .string()
        .regex(/^[A-Za-z0-9+/]+=*$/)
        .describe('Base64: answer of the time-stamping authority (RFC 3161) to the SHA-256 of this anchor'),
    } satisfies FieldsOf<StampedAnchor>),
  ),
  next: z.iso.datetime().exactOptional().describe('`after` of the next page; absent at the end'),
} satisfies FieldsOf<AnchorsView>);
