import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { json, text } from 'node:stream/consumers';
import { measured } from '../measured.ts';

/** What the client is to query, Engine after Engine. */
export interface SequentialTask {
  readonly authorization: string;
  readonly csvFile: string;
  readonly queries: readonly { readonly url: string; readonly statement: string; readonly platform: string }[];
}

type Row = Readonly<Record<string, unknown>>;

/** A plain client, as such scripts are published: one query after the other, JSON, one CSV. */
const task = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as SequentialTask;
const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });

async function ask(url: string, query: string, platform: string): Promise<Row[]> {
  const body = new URLSearchParams({ query, platform, format: 'json', hr: 'false' }).toString();
  const headers = { Authorization: task.authorization, 'Content-Type': 'application/x-www-form-urlencoded' };
  const answer = await new Promise<IncomingMessage>((resolve, reject) =>
    request(`${url}/2/query`, { method: 'POST', agent, headers }, resolve).once('error', reject).end(body),
  );
  if (answer.statusCode === 400) {
    await text(answer); // names of fields and tables
    return [];
  }
  if (answer.statusCode !== 200) throw new Error(`the Engine answered ${answer.statusCode}`);
  return (await json(answer)) as Row[];
}

const cell = (value: unknown) => `"${String(value ?? '-').replaceAll('"', '""')}"`;

/** Place of the rows that a file of the archive would get, each once; nothing for look-ups and confirmations. */
const placeOf = (url: string, statement: string, platform: string): string | undefined =>
  statement.includes('(*') ? `${url} ${platform} ${/\(from \(?(\w+)/.exec(statement)![1]!}` : undefined;

await measured(async () => {
  let rows = 0;
  const tableRows = new Set<string>();
  writeFileSync(task.csvFile, '');
  for (const { url, statement, platform } of task.queries) {
    const answer = await ask(url, statement, platform);
    rows += answer.length;
    const place = placeOf(url, statement, platform);
    if (place) for (const row of answer) tableRows.add(`${place} ${row[`${place.split(' ')[2]}/id`] ?? row.id}`);
    appendFileSync(task.csvFile, answer.map((row) => `${Object.values(row).map(cell).join(',')}\r\n`).join(''));
  }
  agent.destroy();
  return { rows, tableRows: tableRows.size, queries: task.queries.length };
});
