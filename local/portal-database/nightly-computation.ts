import { text } from 'node:stream/consumers';
import { Client } from 'pg';
import { pause } from '../../modules/common/adapters/sleep.ts';
import { engineWebApi } from '../../modules/engines/adapters/engine-web-api.ts';
import type { Simulator } from '../simulator/simulator.ts';
import type { PortalDatabaseServer } from './portal-database.ts';

const STATEMENT = '(select (name sid) (from user))';

/**
 * What the Portal does at night: asks every Engine for its users, and writes who is new, and what was counted of them, into
 * the reference database. A name that was anonymized there and is on an Engine still so comes back.
 */
export async function computeNight(
  {
    simulator,
    portal,
  }: { readonly simulator: Pick<Simulator, 'engines' | 'caPem' | 'login'>; readonly portal: PortalDatabaseServer },
  day: Date,
): Promise<void> {
  const users = await usersOf(simulator);
  const { username: user, password, database } = portal.roles.owner;
  const owner = new Client({ host: portal.host, port: portal.port, user, password, database });
  await owner.connect();
  try {
    await owner.query(
      `INSERT INTO portal.users (name, sid) SELECT name, sid FROM unnest($1::text[], $2::text[]) AS seen(name, sid)
       ON CONFLICT (lower(name)) DO NOTHING`,
      [[...users.keys()], [...users.values()]],
    );
    await owner.query(
      `INSERT INTO portal.count_metric_history (day, metric_id, account)
       SELECT $1::date, min(metric_id), 'CORP\\' || seen FROM portal.metrics m, unnest($2::text[]) AS seen
       WHERE m.object_type = 'user' AND m.kind = 'count' GROUP BY seen`,
      [day.toISOString(), [...users.keys()]],
    );
  } finally {
    await owner.end();
  }
}

/** SID by name, of all users on all Engines. */
async function usersOf({
  engines,
  caPem,
  login,
}: Pick<Simulator, 'engines' | 'caPem' | 'login'>): Promise<Map<string, string>> {
  const ports = new Map(engines.map(({ name, port }) => [name, port]));
  const api = engineWebApi({
    allowLoopback: true,
    now: () => new Date(),
    log: { info: () => {}, warn: () => {} },
    pause,
    random: Math.random,
    addressOf: ({ name, address }) => ({
      host: address,
      port: ports.get(name)!,
      answerBytes: 1e9,
      trust: { mode: 'ca', pem: caPem },
    }),
    timeoutSeconds: 30,
    idleSeconds: 30,
    marker: { statuses: [], words: [] },
  });
  const users = new Map<string, string>();
  try {
    for (const { id: engineId, name } of engines) {
      const facts = { status: 'CONNECTED', address: '127.0.0.1', timezone: 'UTC', version: '' };
      const query = { statement: STATEMENT, platform: 'windows', file: 'user' } as const;
      const answer = await api.query({ engineId, name, ...facts }, login, query);
      const answerText = await text(answer);
      for (const line of answerText.split(/\r?\n/).slice(1)) {
        const [found, sid] = line.split('\t');
        if (found) users.set(found, sid ?? '');
      }
    }
    return users;
  } finally {
    await api.close();
  }
}
