import { log, requests, vault } from '../shared/dependencies.ts';
import { createHandler } from './handler.ts';

export const handler = createHandler({ requests: requests(), vault: vault(), log });
