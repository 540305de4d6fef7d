import { callers, clock, log, pause, requests } from '../shared/dependencies.ts';
import { createHandler } from './handler.ts';

export const handler = createHandler({ callers: callers(), requests: requests(), clock, pause, log });
