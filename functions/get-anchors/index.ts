import { anchors, callers, log } from '../wiring/dependencies.ts';
import { createHandler } from './handler.ts';

export const handler = createHandler({ callers: callers(), anchors: anchors(), log });
