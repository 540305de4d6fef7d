import { fork } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { inChildWith, megabytes } from '../harness.ts';
import type { Run } from '../measured.ts';
import { readRecording } from './recording.ts';

/** How the rows' path reads a recording. */
export interface PathOptions {
  /** Of zlib, 1 to 9. */
  readonly level: number;
  /** How often all answers are read. */
  readonly rounds: number;
  /** Size of the chunks in which an answer arrives, KB. */
  readonly chunkKb: number;
  /** Where the CSV is kept, when it is needed. */
  readonly csvFile?: string;
}

/** Memory that the serving process may use besides the recording itself, MB. */
const SPARE_MB = 150;

/** A process that serves a recording, as an Engine would. */
export interface Replay {
  readonly port: number;
  /** Its memory limit: the recording, which it holds once, and what Node and its buffers need. */
  readonly maxMb: number;
  /** Highest resident memory so far, MB. */
  peakMb(): Promise<number>;
  stop(): void;
}

/** Serves the recording of `folder` on a port of its own. */
export async function startReplay(folder: string): Promise<Replay> {
  const child = fork(resolve(import.meta.dirname, 'source.ts'), [folder]);
  const [port] = (await once(child, 'message')) as [number];
  const recorded = readRecording(folder).reduce((sum, { path }) => sum + statSync(path).size, 0);
  return {
    port,
    maxMb: Math.ceil(megabytes(recorded)) + SPARE_MB,
    async peakMb() {
      child.send('peak');
      const [peak] = (await once(child, 'message')) as [number];
      return peak;
    },
    stop: () => child.disconnect(),
  };
}

/** Runs the path of the rows, from the socket to fragments, in a process of its own. */
export function runPath(folder: string, { port }: Replay, options: PathOptions, nodeOptions = ''): Promise<Run> {
  return inChildWith(nodeOptions, 'bench/engine/path.ts', JSON.stringify({ folder, port, ...options }));
}

/** Writes the recording's rows as one CSV file, which a rival can read. @returns its path */
export async function writeCsv(folder: string, replay: Replay): Promise<string> {
  const csvFile = join(folder, 'rows.csv');
  await runPath(folder, replay, { level: 1, rounds: 1, chunkKb: 32, csvFile });
  return csvFile;
}
