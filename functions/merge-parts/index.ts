import { fresh } from '../http/parse.ts';
import { archiveSettings, archives, clock, environment, log, parts, requests } from '../wiring/dependencies.ts';
import { createHandler } from './handler.ts';

export const handler = fresh(async () => {
  const stores = { requests: requests(), parts: parts(), archives: archives() };
  const settings = await archiveSettings();
  return { handler: createHandler({ ...stores, clock, log, settings, archiveDays: environment().ARCHIVE_DAYS }) };
});
