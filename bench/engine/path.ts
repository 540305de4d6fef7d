import { appendFileSync, writeFileSync } from 'node:fs';
import { Agent, get, type IncomingMessage } from 'node:http';
import { FragmentEncoder } from '../../modules/archive/fragment.ts';
import { dataOf } from '../../modules/engines/adapters/engine-responses.ts';
import { readAnswer } from '../../modules/engines/retrieval/read-answer.ts';
import { measured } from '../measured.ts';
import { readRecording } from './recording.ts';
import type { PathOptions } from './replay.ts';

interface Task extends PathOptions {
  /** Of the recording. */
  readonly folder: string;
  readonly port: number;
}

/** The path of the rows in `query-engine`, from the socket to fragments; with a `csvFile`, it keeps the CSV there. */
const { folder, port, level, rounds, chunkKb, csvFile } = JSON.parse(process.argv[2]!) as Task;
const BODY = { engineId: 'engine-1', answerBytes: 2 ** 33, idleSeconds: 60, marker: { statuses: [], words: [] } };
const answers = readRecording(folder);
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

const open = (number: number) =>
  new Promise<IncomingMessage>((resolve, reject) =>
    get({ host: '127.0.0.1', port, path: `/${number}/${chunkKb}`, agent }, resolve).once('error', reject),
  );

class KeepingEncoder extends FragmentEncoder {
  override async write(raw: Buffer): Promise<void> {
    appendFileSync(csvFile!, raw);
    return super.write(raw);
  }
}

if (csvFile) writeFileSync(csvFile, '');
await measured(async () => {
  const encoder = new (csvFile ? KeepingEncoder : FragmentEncoder)(level);
  const sum = { rows: 0, received: 0, rawBytes: 0, deflateBytes: 0 };
  for (let round = 0; round < rounds; round++) {
    for (const [number, { platform, statement, ...answer }] of answers.entries()) {
      const stream = await open(number);
      const rule = {
        ...answer,
        nameColumn: answer.subjectColumn.replace(/id$/, 'name'),
        isSubject: (name: string) => name === answer.name,
        window: { from: '2000-01-01', to: '2100-01-01' },
        span: { from: '2000-01-01', to: '2100-01-01' },
      };
      const { rows, received } = await readAnswer(
        { engineId: 'engine-1', statement },
        dataOf(stream, BODY),
        encoder,
        rule,
        (columns) => ({
          layout: { cells: columns.map((_, cell) => cell), prefix: ['engine-1', platform] },
          neutralizeFormulas: true,
        }),
      );
      const { figures } = await encoder.end();
      sum.rows += rows;
      sum.received += received;
      sum.rawBytes += figures.rawBytes;
      sum.deflateBytes += figures.deflateBytes;
    }
  }
  encoder.close();
  agent.destroy();
  return sum;
});
