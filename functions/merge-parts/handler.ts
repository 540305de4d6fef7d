import middy from '@middy/core';
import type * as z from 'zod';
import { type MergePartsPorts, mergeParts } from '../../modules/archive/merge-parts.ts';
import { TaskEvent } from '../http/bodies.ts';
import { validateEvent } from '../http/parse.ts';

/** Task `Merge Parts` of retrieve.asl.json. */
export const createHandler = (ports: MergePartsPorts) =>
  middy<z.infer<typeof TaskEvent>, void>()
    .use(validateEvent(TaskEvent))
    .handler((event, _context, { signal }) => mergeParts(event, ports, signal));
