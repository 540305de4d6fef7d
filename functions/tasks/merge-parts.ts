import * as z from 'zod';
import type { ArchiveSettings } from '../../modules/archive/contents/compose.ts';
import { textsIn } from '../../modules/archive/contents/texts.ts';
import { mergeParts } from '../../modules/archive/merge-parts.ts';
import { Attempt } from '../../modules/requests/state-machine.ts';
import { task } from '../http/parse.ts';
import { DICTIONARY } from '../wiring/dictionary.ts';
import { settings, trustOf } from '../wiring/documents.ts';
import { environment, fresh } from '../wiring/environment.ts';
import { archives, parts } from '../wiring/objects.ts';
import { requestPorts } from '../wiring/tables.ts';

/** An execution that began before the merge could be continued does not know `more`. */
const MergeEvent = Attempt.extend({ mayReturnMore: z.literal(true).optional() });

/** With less time left no part is begun: what runs must end, and S3 takes minutes to complete a large upload. */
const KEPT_MS = 180_000;

/** Task `Merge Parts` of retrieve.asl.json; `more` asks to be called again. */
export const handler = fresh(async () => {
  const stores = { ...requestPorts(), parts: parts(), archives: archives() };
  const contents = { settings: await archiveSettings(), dictionary: DICTIONARY };
  const ports = { ...stores, ...contents, archiveDays: environment().ARCHIVE_DAYS };
  return task(MergeEvent, ({ mayReturnMore, ...attempt }, signal, context) => {
    const mayStart = () => !mayReturnMore || context.getRemainingTimeInMillis() > KEPT_MS;
    return mergeParts(attempt, ports, signal, mayStart);
  });
});

async function archiveSettings(): Promise<ArchiveSettings> {
  const { engines, engineDefaults, archiveLanguage, ...given } = await settings();
  const { daysBack, accountScope, informationSheet, simulated } = given;
  const trust = (name: string) => trustOf({ engines, engineDefaults }, name).mode;
  const texts = await textsIn(archiveLanguage);
  return { daysBack, accountScope, informationSheet, simulated, texts, trustOf: trust };
}
