import middy from '@middy/core';
import type * as z from 'zod';
import { type OpenRequestPorts, openRequest } from '../../modules/engines/open-request.ts';
import { reopenRequest } from '../../modules/engines/reopen-request.ts';
import { TaskEvent } from '../http/bodies.ts';
import { validateEvent } from '../http/parse.ts';

/** Task `Open Request` of both state machines. */
export const createHandler = (ports: OpenRequestPorts) =>
  middy<z.infer<typeof TaskEvent>, { engineIds: string[]; portal: boolean }>()
    .use(validateEvent(TaskEvent))
    .handler((event, _context, { signal }) =>
      event.attempt === 1 ? openRequest(event, ports, signal) : reopenRequest(event, ports, signal),
    );
