import type { Client } from 'pg';

/** Averages over users or devices, and the number that stands for one of them on a day. */
const QUANTITIES = ['Average logon duration of users', 'Average boot duration of devices'] as const;
/** Lists of the objects with the highest values. */
const TOPS = [
  { name: 'Users with the most crashes', objectType: 'user' },
  { name: 'Devices with the most traffic', objectType: 'device' },
] as const;
const MAX_TOP = 10;

/** A number from 0 to 999 that is the same for the same place. */
const DRAW = (...place: string[]) => `abs(hashtextextended(concat_ws('/', ${place.join(', ')}), 0)) % 1000`;
const DOMAIN = 'corp.example';

/** History details: the objects of the older half of the days, kept by account and full device name. */
export async function seedHistory(owner: Client): Promise<void> {
  await owner.query(
    `INSERT INTO portal.count_metric_history (day, metric_id, account, device_fqdn)
     SELECT day, metric_id, 'CORP\\' || user_name, device_name || '.${DOMAIN}'
     FROM portal.count_metric_details
     WHERE day < (SELECT min(day) + (max(day) - min(day)) / 2 FROM portal.count_metric_details)
     ORDER BY day, metric_id, detail_id`,
  );
}

/** Each quantity metric has a value for each pair of user and device on each day, and their average as its result. */
export async function seedQuantities(owner: Client, before: number, dates: readonly string[]): Promise<void> {
  await owner.query(
    `INSERT INTO portal.metrics (metric_id, name, kind, object_type, definition)
     SELECT $2::int + at, name, 'quantity', CASE WHEN name LIKE '%users' THEN 'user' ELSE 'device' END, '{"aggregate": "average"}'
     FROM unnest($1::text[]) WITH ORDINALITY AS t(name, at)`,
    [QUANTITIES, before],
  );
  await owner.query(
    `INSERT INTO portal.quantity_metric_details (day, metric_id, user_name, profile_path, device_fqdn, value)
     SELECT day, metric_id, user_name, 'C:\\Users\\' || user_name, device_name || '.${DOMAIN}',
       (${DRAW('user_name', 'device_name', 'metric_id', 'day')}) / 10.0
     FROM (SELECT DISTINCT user_name, device_name FROM portal.count_metric_details) AS pair
     CROSS JOIN unnest($1::date[]) AS day
     JOIN portal.metrics m ON m.kind = 'quantity'
     ORDER BY day, metric_id, user_name, device_name`,
    [dates],
  );
  await owner.query(
    `INSERT INTO portal.metric_results (day, metric_id, value)
     SELECT day, metric_id, round(avg(value)::numeric, 2) FROM portal.quantity_metric_details GROUP BY day, metric_id`,
  );
}

/** Each top metric lists the first objects of a day; users by their UPN, devices with who was last logged on. */
export async function seedTops(owner: Client, dates: readonly string[]): Promise<void> {
  await owner.query(
    `INSERT INTO portal.metrics (metric_id, name, kind, object_type, definition)
     SELECT (SELECT max(metric_id) FROM portal.metrics) + at, name, 'top', object_type, jsonb_build_object('first', $3::int)
     FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS t(name, object_type, at)`,
    [TOPS.map(({ name }) => name), TOPS.map(({ objectType }) => objectType), MAX_TOP],
  );
  await owner.query(
    `INSERT INTO portal.top_metric_results (day, metric_id, rank, user_upn, device_name, value, display)
     SELECT day, metric_id, rank, user_upn, device_name, value, display
     FROM (
       SELECT day, metric_id, user_upn, device_name, value, display,
         row_number() OVER (PARTITION BY day, metric_id ORDER BY value DESC, object.name) AS rank
       FROM (
         SELECT 'user' AS object_type, name, NULL AS device_name, jsonb_build_object('department', department) AS display,
           CASE WHEN strpos(name, '@') > 0 THEN name ELSE name || '@${DOMAIN}' END AS user_upn
         FROM portal.users
         UNION ALL
         SELECT 'device', name, name, jsonb_build_object('lastLoggedOnUser', last_logged_on_user), NULL FROM portal.devices
       ) AS object
       JOIN portal.metrics m USING (object_type)
       CROSS JOIN unnest($1::date[]) AS day
       CROSS JOIN LATERAL (SELECT ${DRAW('object.name', 'metric_id', 'day')}) AS drawn(value)
       WHERE m.kind = 'top'
     ) AS ranked
     WHERE rank <= $2::int`,
    [dates, MAX_TOP],
  );
}
