import type { Engine } from '../requests/source.ts';

/** Answer of `POST /v1/engines`: the Engines list of the dialog (R5). */
export interface EnginesView {
  readonly federation: 'configured' | 'all-listed';
  readonly engines: readonly Omit<Engine, 'address'>[];
}
