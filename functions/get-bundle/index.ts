import { callers, clock, links, log, requests } from '../shared/dependencies.ts';
import { createHandler } from './handler.ts';

export const handler = createHandler({ callers: callers(), requests: requests(), links: links(), clock, log });
