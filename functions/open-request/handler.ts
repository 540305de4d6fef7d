import middy from '@middy/core';
import { type OpenRequestPorts, openRequest } from '../../modules/engines/open-request.ts';
import { reopenRequest } from '../../modules/engines/reopen-request.ts';
import { Attempt } from '../../modules/requests/attempt.ts';
import { validateEvent } from '../http/parse.ts';

/** Task `Open Request` of both state machines. */
export const createHandler = (ports: OpenRequestPorts) =>
  middy<Attempt, { engineIds: string[]; portal: boolean }>()
    .use(validateEvent(Attempt))
    .handler((event, _context, { signal }) =>
      event.attempt === 1 ? openRequest(event, ports, signal) : reopenRequest(event, ports, signal),
    );
