import type { Client } from 'pg';
import type { People } from '../simulator/world/people.ts';
import { seedHistory, seedQuantities, seedTops } from './seed-metrics.ts';

const DAY_MS = 86_400_000;

/** Count metrics of the sample company; `share` of the pairs of user and device that each counts on a day. */
const METRICS = [
  { name: 'Users with slow logons', objectType: 'user', share: 0.5 },
  { name: 'Users with failed connections', objectType: 'user', share: 0.3 },
  { name: 'Users with frequent application crashes', objectType: 'user', share: 0.2 },
  { name: 'Devices with outdated antivirus', objectType: 'device', share: 0.4 },
  { name: 'Devices with little free disk space', objectType: 'device', share: 0.25 },
  { name: 'Devices with hard resets', objectType: 'device', share: 0.15 },
] as const;

/** Fills the reference database with what `people` would leave behind in `days` days up to yesterday. */
export async function seed(owner: Client, people: People, days: number, now: Date): Promise<void> {
  const dates = Array.from({ length: days }, (_, back) => isoDay(new Date(now.getTime() - (days - back) * DAY_MS)));
  await owner.query('BEGIN');
  await createPartitions(owner, dates);
  await seedPeople(owner, people);
  await seedMetrics(owner, people, dates);
  await seedHistory(owner);
  await seedQuantities(owner, METRICS.length, dates);
  await seedTops(owner, dates);
  await seedTexts(owner, people, dates);
  await owner.query('REFRESH MATERIALIZED VIEW portal.user_activity');
  await owner.query('COMMIT');
  await owner.query('ANALYZE');
}

const isoDay = (date: Date) => date.toISOString().slice(0, 10);

async function createPartitions(owner: Client, dates: readonly string[]): Promise<void> {
  const statements = dates.flatMap((day) =>
    ['metric_results', 'count_metric_details'].map(
      (table) =>
        `CREATE TABLE portal.${table}_${day.replaceAll('-', '')} PARTITION OF portal.${table}
           FOR VALUES FROM ('${day}') TO ('${isoDay(new Date(Date.parse(day) + DAY_MS))}')`,
    ),
  );
  await owner.query(statements.join(';'));
}

async function seedPeople(owner: Client, { users, devices }: People): Promise<void> {
  await owner.query(
    `INSERT INTO portal.users (name, full_name, sid, upn, email, department)
     SELECT name, full_name, sid, upn, lower(upn), department
     FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) AS t(name, full_name, sid, upn, department)`,
    [pick(users, 'name'), pick(users, 'fullName'), pick(users, 'sid'), pick(users, 'upn'), pick(users, 'department')],
  );
  await owner.query(
    `INSERT INTO portal.devices (name, device_uid, serial_number, ip_address, mac_address, last_logged_on_user)
     SELECT name, uid, serial, ip, mac::macaddr, CASE WHEN last_user <> '' THEN 'CORP\\' || last_user END
     FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
       AS t(name, uid, serial, ip, mac, last_user)`,
    [
      pick(devices, 'name'),
      pick(devices, 'deviceUid'),
      pick(devices, 'serial'),
      pick(devices, 'ipAddress'),
      pick(devices, 'macAddress'),
      devices.map(({ lastLoggedOnUser }) => lastLoggedOnUser.replace(/^.*\\/, '')),
    ],
  );
}

/** Each metric counts its share of the pairs, another one each day; the daily value is the number of objects counted. */
async function seedMetrics(owner: Client, { users }: People, dates: readonly string[]): Promise<void> {
  await owner.query(
    `INSERT INTO portal.metrics (metric_id, name, kind, object_type, definition)
     SELECT id, name, 'count', object_type, jsonb_build_object('countOf', object_type, 'share', share)
     FROM unnest($1::text[], $2::text[], $3::float8[]) WITH ORDINALITY AS t(name, object_type, share, id)`,
    [pick(METRICS, 'name'), pick(METRICS, 'objectType'), pick(METRICS, 'share')],
  );
  const pairs = users.flatMap((user) => user.devices.map((device) => [user.name, device] as const));
  await owner.query(
    `INSERT INTO portal.count_metric_details
       (day, metric_id, detail_id, user_id, user_name, device_id, device_name, details)
     SELECT day, metric_id, row_number() OVER (PARTITION BY day, metric_id ORDER BY u.user_id, d.device_id),
       u.user_id, u.name, d.device_id, d.name,
       jsonb_build_object('user', 'CORP\\' || u.name, 'device', d.name, 'events', jsonb_build_object(u.name, draw),
         'lastEvent', to_char(day + interval '1 minute' * draw, 'YYYY-MM-DD"T"HH24:MI:SS'))
     FROM unnest($1::text[], $2::text[]) AS pair(user_name, device_name)
     JOIN portal.users u ON u.name = pair.user_name
     JOIN portal.devices d ON d.name = pair.device_name
     CROSS JOIN unnest($3::date[]) AS day
     JOIN portal.metrics m ON m.kind = 'count'
     CROSS JOIN LATERAL (SELECT abs(hashtextextended(concat_ws('/', u.name, d.name, metric_id, day), 0)) % 1000) AS h(draw)
     WHERE draw < (m.definition->>'share')::float8 * 1000`,
    [pairs.map(([user]) => user), pairs.map(([, device]) => device), dates],
  );
  await owner.query(
    `INSERT INTO portal.metric_results (day, metric_id, value, ratio)
     SELECT dates.day, metric_id, counted, round(counted::numeric / greatest(everyone, 1), 4)
     FROM unnest($1::date[]) AS dates(day)
     CROSS JOIN portal.metrics m
     CROSS JOIN LATERAL (
       SELECT count(DISTINCT CASE m.object_type WHEN 'user' THEN user_id ELSE device_id END)
       FROM portal.count_metric_details c WHERE c.day = dates.day AND c.metric_id = m.metric_id) AS c(counted)
     CROSS JOIN LATERAL (
       SELECT CASE m.object_type WHEN 'user' THEN (SELECT count(*) FROM portal.users)
         ELSE (SELECT count(*) FROM portal.devices) END) AS e(everyone)`,
    [dates],
  );
}

/** One remark and one list for each user, both naming the neighbour as well. */
async function seedTexts(owner: Client, { users }: People, dates: readonly string[]): Promise<void> {
  const neighbour = (at: number) => users[(at + 1) % users.length]!;
  const notes = users.map(
    ({ name, devices }, at) =>
      `Called about ${devices[0] ?? 'no device'}: CORP\\${name} sees the same as ${neighbour(at).name}. Is it ${name}'s profile?`,
  );
  await owner.query(
    `INSERT INTO portal.metric_annotations (metric_id, day, note)
     SELECT 1 + (at - 1) % $2::int, $3::date, note FROM unnest($1::text[]) WITH ORDINALITY AS t(note, at)`,
    [notes, METRICS.length, dates.at(-1)],
  );
  const members = users.map((user, at) => [user.name, `CORP\\${neighbour(at).name}`, ...user.devices]);
  await owner.query(
    `INSERT INTO portal.saved_selections (title, members)
     SELECT 'To watch: ' || (list->>0), ARRAY(SELECT jsonb_array_elements_text(list))
     FROM jsonb_array_elements($1::jsonb) AS list`,
    [JSON.stringify(members)],
  );
}

const pick = <T, K extends keyof T>(rows: readonly T[], key: K): T[K][] => rows.map((row) => row[key]);
