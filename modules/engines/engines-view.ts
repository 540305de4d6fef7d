import * as z from 'zod';
import { Federation } from '../archive/fragment.ts';
import type { ReadonlyDeep } from '../common/shapes.ts';
import { ShownCertificate } from '../net/look-at-peer.ts';
import { Trust } from '../net/trust.ts';
import { Engine } from '../requests/source.ts';
import { Finding } from './contact/finding.ts';

/** One Engine with its measured state (R5). */
export const MeasuredEngine = Engine.omit({ address: true }).extend({
  state: z
    .enum(['READY', 'WARNING', 'NOT_READY', 'NOT_MEASURED'])
    .describe('`WARNING`: it can be queried, but see `findings`; `NOT_READY`: it cannot'),
  findings: z.array(Finding).describe('What is wrong, and what to change; none when it is ready'),
  certificate: ShownCertificate.exactOptional(),
  trust: Trust.exactOptional().describe(
    '`engines.<name>.trust` for settings.json that trusts this certificate alone: compare the fingerprint on the Engine first',
  ),
  clockSeconds: z.int().exactOptional().describe('How far its clock is ahead of ours'),
});
export type MeasuredEngine = ReadonlyDeep<z.infer<typeof MeasuredEngine>>;

/** Answer of `POST /v1/engines`: the Engines list of the dialog (R5). */
export const EnginesView = z.strictObject({
  federation: Federation,
  engines: z.array(MeasuredEngine),
});
export type EnginesView = ReadonlyDeep<z.infer<typeof EnginesView>>;
