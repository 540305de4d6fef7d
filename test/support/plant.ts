import { spawn } from 'node:child_process';
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { LocalSystem } from '../../local/system.ts';
import { clientOf } from './clients.ts';
import { tablesOf } from './places.ts';
import { ENCODINGS } from './search.ts';

/** A word of a searched system, put by hand wherever one could leak to. */
export interface Planted {
  /** Pairs of place and encoding, as `leaks` tells of them: the place is the end of a title. */
  readonly hits: readonly string[];
  /** Ends the process that has it among its arguments. */
  uproot(): void;
}

/** Neither arguments nor names of files can hold a zero byte. */
const isText = (encoding: string): boolean => !encoding.startsWith('UTF-16');

/** Puts a word in every encoding into each place that `placesOf` and `ProcessWatch` look into. @param folder of temporary files */
export async function plant(system: LocalSystem, folder: string, word: string): Promise<Planted> {
  const dynamo = new DynamoDBClient(clientOf(system, 'DYNAMODB'));
  const s3 = new S3Client({ ...clientOf(system, 'S3'), forcePathStyle: true });
  const { BUCKET } = system.awsEnvironment;
  const tables = tablesOf(system);
  const hits: string[] = [];
  const argv: string[] = [];
  for (const [encoding, spell] of Object.entries(ENCODINGS)) {
    const bytes = spell(word).findLast((spelling) => !spelling.includes('/'))!; // a name of a file has none
    const framed = Buffer.concat([Buffer.from('x'), bytes, Buffer.from('x')]);
    for (const file of [system.logFile, system.executionsFile]) await appendFile(file, framed);
    await writeFile(join(folder, `planted-${encoding}`), framed);
    for (const table of tables) {
      const TableName = system.awsEnvironment[table];
      const Item = { pk: `PLANTED#${encoding}`, sk: 'x', value: isText(encoding) ? String(framed) : framed };
      await DynamoDBDocumentClient.from(dynamo).send(new PutCommand({ TableName, Item }));
    }
    await s3.send(new PutObjectCommand({ Bucket: BUCKET!, Key: `planted/${encoding}`, Body: framed }));
    const places = ['functions.log', 'executions.jsonl', `planted-${encoding}`, `planted/${encoding}.data`];
    if (isText(encoding)) {
      argv.push(String(framed));
      await writeFile(join(folder, `${framed}.txt`), '');
      places.push('names of files', 'argv', 'environments');
    }
    hits.push(...[...places, ...tables].map((place) => `${place}: ${word} in ${encoding}`));
  }
  const process = spawn('sh', ['-c', 'read line', ...argv], {
    env: Object.fromEntries(argv.map((text, at) => [`PLANTED_${at}`, text])),
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  dynamo.destroy();
  s3.destroy();
  return { hits, uproot: () => void process.stdin!.end() };
}

/** Which of them were not found. */
export const missed = ({ hits }: Pick<Planted, 'hits'>, found: readonly string[]): string[] =>
  hits.filter((hit) => !found.some((one) => one.endsWith(hit)));
