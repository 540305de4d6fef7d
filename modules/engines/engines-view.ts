import * as z from 'zod';
import { Federation } from '../archive/fragment.ts';
import type { ReadonlyDeep } from '../common/shapes.ts';
import { Engine } from '../requests/source.ts';

/** Answer of `POST /v1/engines`: the Engines list of the dialog (R5). */
export const EnginesView = z.strictObject({
  federation: Federation,
  engines: z.array(Engine.omit({ address: true })),
});
export type EnginesView = ReadonlyDeep<z.infer<typeof EnginesView>>;
