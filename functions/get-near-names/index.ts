import { callers, log, parts, requests } from '../wiring/dependencies.ts';
import { createHandler } from './handler.ts';

export const handler = createHandler({ callers: callers(), requests: requests(), parts: parts(), log });
