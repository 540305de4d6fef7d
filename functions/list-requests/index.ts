import { callers, log, requestList } from '../shared/dependencies.ts';
import { createHandler } from './handler.ts';

export const handler = createHandler({ callers: callers(), log, requestList: requestList() });
