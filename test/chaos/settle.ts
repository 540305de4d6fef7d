import { setTimeout as sleep } from 'node:timers/promises';
import { META } from '../../modules/requests/adapters/dynamo-request-items.ts';
import type { RequestRecord } from '../../modules/requests/record.ts';
import { isFinal, isWaiting } from '../../modules/requests/state-machine.ts';
import { isRerunDue } from '../../modules/schedules/rerun-missing.ts';
import type { SweepReport } from '../../modules/schedules/sweep.ts';
import { Stores } from './stores.ts';
import type { Story } from './story.ts';
import type { SystemProcess } from './system-process.ts';

/** Longer than any execution may run. */
const LONG_MS = 13 * 3_600_000;
/** What is missing is queried again as soon as the schedule comes. */
const AT_ONCE = { by: 'service-account', firstMinutes: 0, longestMinutes: 0 } as const;
/** Maximum rounds of the schedules until everything rests. */
const MAX_ROUNDS = 12;
/** Maximum time for what runs to end; machines are shared. */
const MAX_RUN_MS = 15 * 60_000;
/** Runs of the sweeper until all that has expired is gone. */
const MAX_SWEEPS = 30;

const ago = (ms: number): string => new Date(Date.now() - ms).toISOString();

/** Runs with the stores of the system as it runs now. */
export async function withStores<T>(system: SystemProcess, work: (stores: Stores) => Promise<T>): Promise<T> {
  const stores = new Stores(await system.system());
  try {
    return await work(stores);
  } finally {
    stores.close();
  }
}

const metas = async (stores: Stores) =>
  (await stores.items('REQUESTS_TABLE')).filter(({ sk }) => sk === META) as unknown as (RequestRecord & {
    pk: string;
    sk: string;
  })[];

async function whileItRuns(system: SystemProcess): Promise<void> {
  for (const end = Date.now() + MAX_RUN_MS; Date.now() < end; await sleep(200))
    if ((await system.state())?.running === 0) return;
}

/**
 * Nothing fails any more: the schedules come until every Request has ended or waits for a person, time being moved past what
 * they wait for, and until every notice is delivered.
 */
export async function settle(system: SystemProcess, story: Story): Promise<void> {
  const invoke = (name: string) => system.tell({ do: 'invoke', name });
  await whileItRuns(system);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    for (const name of ['process-tickets', 'rerun-missing', 'sweep']) await invoke(name);
    await whileItRuns(system);
    const unsettled = await withStores(system, async (stores) => {
      const unsettled = (await metas(stores)).filter(
        (record) =>
          !(isFinal(record.state) || isWaiting(record.state)) ||
          (record.destroyedAt === undefined && isRerunDue(record, AT_ONCE, new Date())),
      );
      for (const record of unsettled) await stores.set(record, { updatedAt: ago(LONG_MS), ...past(record) });
      const items = await stores.items('REQUESTS_TABLE');
      for (const item of items.filter(({ takenUntil }) => takenUntil !== undefined))
        await stores.set(item, { takenUntil: ago(1000) }); // by a worker that was killed
      const webhooks = items.filter(({ hookDue }) => hookDue !== undefined);
      for (const item of webhooks) await stores.set(item, { hookDue: ago(1000) });
      return [...unsettled.map(({ requestId, state }) => `${requestId} ${state}`), ...webhooks.map(() => 'a webhook')];
    });
    story.note(`settling, round ${round}: ${unsettled}`);
    if (unsettled.length === 0) break;
  }
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    await invoke('deliver-notices');
    const due = await withStores(system, async (stores) => {
      const due = (await stores.items('REQUESTS_TABLE')).filter(({ outboxDue }) => outboxDue !== undefined);
      for (const item of due) await stores.set(item, { outboxDue: ago(1000) });
      return due.length;
    });
    if (due === 0) return;
  }
}

const past = ({ waitsUntil }: Pick<RequestRecord, 'waitsUntil'>) => (waitsUntil ? { waitsUntil: ago(1000) } : {});

/** A year goes by: whatever may expire expires, and the sweeper comes. */
export async function growOld(system: SystemProcess): Promise<void> {
  await withStores(system, async (stores) => {
    for (const record of await metas(stores)) {
      const { archive, rerunUntil } = record;
      await stores.set(record, {
        updatedAt: ago(LONG_MS),
        ...past(record),
        ...(rerunUntil && { rerunUntil: ago(LONG_MS) }),
        ...(archive && { archive: { ...archive, expiresAt: ago(LONG_MS) } }),
      });
    }
  });
  // a run of the sweeper ends before its time is up, wherever it is: it comes until it finds nothing; what waits for a person is
  // swept again until no worker can run any more, and that time goes by, too
  for (let round = 0; round < MAX_SWEEPS; round += 1) {
    const { payload } = (await system.tell({ do: 'invoke', name: 'sweep' })) as { readonly payload?: SweepReport };
    if (payload?.swept.length === 0) return;
    await withStores(system, async (stores) => {
      for (const record of await metas(stores)) if (record.sweptAt) await stores.set(record, { sweptAt: ago(LONG_MS) });
    });
  }
}
