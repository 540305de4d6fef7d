import type { Log } from '../../modules/common/ports.ts';
import { NoteMissingEvent, noteMissing } from '../../modules/lifecycle/note-missing.ts';
import type { Requests } from '../../modules/requests/store.ts';
import { task } from '../http/parse.ts';
import { log } from '../wiring/environment.ts';
import { lazy } from '../wiring/lazy.ts';
import { requests } from '../wiring/tables.ts';

/** Tasks `Note Missing Engine` and `Note Missing Portal`. */
export const createHandler = (ports: { readonly requests: Requests; readonly log: Log }) =>
  task(NoteMissingEvent, (event) => noteMissing(event, ports));

export const handler = lazy(() => createHandler({ requests: requests(), log }));
