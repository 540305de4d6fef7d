import middy from '@middy/core';
import * as z from 'zod';
import type { Log } from '../../modules/common/ports.ts';
import { type NoteMissingInput, noteMissing } from '../../modules/lifecycle/note-missing.ts';
import { Attempt } from '../../modules/requests/attempt.ts';
import type { Requests } from '../../modules/requests/store.ts';
import { validateEvent } from '../http/parse.ts';
import { log, requests } from '../wiring/dependencies.ts';
import { lazy } from '../wiring/lazy.ts';

const NoteMissingEvent = Attempt.extend({ sourceId: z.string().min(1), error: z.string().min(1) });

/** Tasks `Note Missing Engine` and `Note Missing Portal`. */
export const createHandler = (ports: { readonly requests: Requests; readonly log: Log }) =>
  middy<NoteMissingInput, void>()
    .use(validateEvent(NoteMissingEvent))
    .handler((event) => noteMissing(event, ports));

export const handler = lazy(() => createHandler({ requests: requests(), log }));
