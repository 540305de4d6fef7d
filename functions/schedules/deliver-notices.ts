import { deliverNotices } from '../../modules/notices/deliver-notices.ts';
import { channels } from '../wiring/channels.ts';
import { clock, fresh, log } from '../wiring/environment.ts';
import { schedule } from '../wiring/schedule.ts';
import { outbox, requests } from '../wiring/tables.ts';

/** Schedule: sends ticket comments, webhooks and events about what has happened since the last run. */
export const handler = fresh(async () => {
  const stores = { outbox: outbox(), requests: requests(), channels: await channels() };
  const ports = { ...stores, clock, log, random: Math.random };
  return schedule('deliver-notices', (signal) => deliverNotices(ports, signal));
});
