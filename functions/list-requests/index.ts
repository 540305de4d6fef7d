import { callers, log, requestList } from '../wiring/dependencies.ts';
import { createHandler } from './handler.ts';

export const handler = createHandler({ callers: callers(), log, requestList: requestList() });
