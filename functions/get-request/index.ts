import { callers, clock, log, pause, requests } from '../wiring/dependencies.ts';
import { createHandler } from './handler.ts';

export const handler = createHandler({ callers: callers(), requests: requests(), clock, pause, log });
