import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One answer of a simulated Engine as it came, and how its rows are judged. */
export interface RecordedAnswer {
  readonly path: string;
  readonly statement: string;
  readonly platform: string;
  readonly subjectColumn: string;
  readonly subjectId: string;
  readonly idColumn: string;
  readonly name: string;
  readonly timeColumn?: string | undefined;
}

/** The answers of a recording, in the order in which they are asked for. */
export const readRecording = (folder: string): RecordedAnswer[] =>
  JSON.parse(readFileSync(join(folder, 'answers.json'), 'utf8')) as RecordedAnswer[];
