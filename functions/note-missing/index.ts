import { log, requests } from '../wiring/dependencies.ts';
import { createHandler } from './handler.ts';

export const handler = createHandler({ requests: requests(), log });
