import { NoteMissingEvent, noteMissing } from '../../modules/lifecycle/note-missing.ts';
import { task } from '../http/parse.ts';
import { lazy, log } from '../wiring/environment.ts';
import { requests } from '../wiring/tables.ts';

/** Tasks `Note Missing Engine` and `Note Missing Portal`. */
export const handler = lazy(() => task(NoteMissingEvent, (event) => noteMissing(event, { requests: requests(), log })));
