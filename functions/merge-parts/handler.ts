import middy from '@middy/core';
import { type MergePartsPorts, mergeParts } from '../../modules/archive/merge-parts.ts';
import { Attempt } from '../../modules/requests/attempt.ts';
import { validateEvent } from '../http/parse.ts';

/** Task `Merge Parts` of retrieve.asl.json. */
export const createHandler = (ports: MergePartsPorts) =>
  middy<Attempt, void>()
    .use(validateEvent(Attempt))
    .handler((event, _context, { signal }) => mergeParts(event, ports, signal));
