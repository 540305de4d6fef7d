import { log, parts, requests } from '../shared/dependencies.ts';
import { createHandler } from './handler.ts';

export const handler = createHandler({ requests: requests(), parts: parts(), log });
