import { callers, log, requests } from '../wiring/dependencies.ts';
import { createHandler } from './handler.ts';

export const handler = createHandler({ callers: callers(), requests: requests(), log });
