import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Simulator, startSimulator } from '../../local/simulator/simulator.ts';
import { TABLES } from '../../modules/engines/tables/tables.ts';
import type { RecordedAnswer } from './recording.ts';

const SUBJECT = 'user';

/** Asks one Engine for what the retrieval streams about the sample user, and writes each answer to a file. */
export async function recordAnswers(folder: string, rows: number): Promise<RecordedAnswer[]> {
  const simulator = await startSimulator({ engines: 1, rows, seed: 3, insecureHttp: true });
  try {
    const answers: RecordedAnswer[] = [];
    const between = { from: 'midnight-399d', to: 'now' };
    for (const table of TABLES[SUBJECT]) {
      if (table.kind !== 'stream') continue;
      for (const platform of table.platforms) {
        const id = await idOf(simulator, platform);
        const question = { id, platform, between, limit: 10_000, dynamicFields: [] };
        const { statement, text } = await askFirst(simulator, table.statements(question), platform);
        const path = join(folder, `${answers.length}.tsv`);
        writeFileSync(path, text);
        const { subjectColumn, idColumn, timeColumn } = table;
        const name = simulator.users[0]!;
        answers.push({ path, statement, platform, subjectColumn, subjectId: id, idColumn, name, timeColumn });
      }
    }
    writeFileSync(join(folder, 'answers.json'), JSON.stringify(answers));
    return answers;
  } finally {
    await simulator.stop();
  }
}

async function idOf(simulator: Simulator, platform: string): Promise<string> {
  const name = simulator.users[0]!;
  const text = await ask(
    simulator,
    `(select (id) (from ${SUBJECT} (where ${SUBJECT} (eq name (string "${name}")))))`,
    platform,
  );
  return text.toString().split('\n')[1]!;
}

/** The first of these statements that the Engine knows, as the retrieval does it. */
async function askFirst(simulator: Simulator, statements: readonly string[], platform: string) {
  for (const statement of statements) {
    const text = await ask(simulator, statement, platform).catch(() => undefined);
    if (text) return { statement, text };
  }
  throw new Error('the simulator knows none of the statements');
}

async function ask({ engines, login }: Simulator, query: string, platform: string): Promise<Buffer> {
  const response = await fetch(`${engines[0]!.url}/2/query`, {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa(`${login.username}:${login.password}`)}` },
    body: new URLSearchParams({ query, platform, format: 'csv', hr: 'false' }),
  });
  if (!response.ok) throw new Error(`the simulator answered ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}
