import { type MergePartsPorts, mergeParts } from '../../modules/archive/merge-parts.ts';
import { Attempt } from '../../modules/requests/state-machine.ts';
import { task } from '../http/parse.ts';
import { DICTIONARY } from '../wiring/dictionary.ts';
import { archiveSettings } from '../wiring/documents.ts';
import { clock, environment, log } from '../wiring/environment.ts';
import { fresh } from '../wiring/lazy.ts';
import { archives, parts } from '../wiring/objects.ts';
import { requests } from '../wiring/tables.ts';

/** Task `Merge Parts` of retrieve.asl.json. */
export const createHandler = (ports: MergePartsPorts) =>
  task(Attempt, (event, signal) => mergeParts(event, ports, signal));

export const handler = fresh(async () => {
  const stores = { requests: requests(), parts: parts(), archives: archives() };
  const settings = await archiveSettings();
  const ports = { ...stores, clock, log, settings, dictionary: DICTIONARY, archiveDays: environment().ARCHIVE_DAYS };
  return { handler: createHandler(ports) };
});
