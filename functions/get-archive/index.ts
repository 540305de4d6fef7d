import { callers, clock, links, log, requests } from '../wiring/dependencies.ts';
import { createHandler } from './handler.ts';

export const handler = createHandler({ callers: callers(), requests: requests(), links: links(), clock, log });
