import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from '../../modules/requests/source.ts';
import { type Ask, Exchange, engineFile, PORTAL_FILE, Recording } from './exchange.ts';
import { outcomeOf } from './outcome.ts';
import { Doors, type RawAnswer } from './pass-through.ts';
import { bytesOf } from './recode.ts';
import { type RetrievalGiven, type Retrieved, retrieve } from './retrieval.ts';

/** A recording as it lies in a folder, or will. */
export interface Fixtures {
  readonly recording: Recording;
  /** By file. */
  readonly exchanges: ReadonlyMap<string, readonly Exchange[]>;
}

/** What a replay showed. */
interface Replayed extends Retrieved {
  /** Questions that are not in the recording. */
  readonly unknown: readonly Ask[];
}

export async function readFixtures(folder: string): Promise<Fixtures> {
  const recording = Recording.parse(JSON.parse(await readFile(join(folder, 'recording.json'), 'utf8')));
  const exchanges = new Map<string, Exchange[]>();
  for (const file of recording.files) {
    const lines = (await readFile(join(folder, file), 'utf8')).split('\n').filter((line) => line !== '');
    exchanges.set(
      file,
      lines.map((line) => Exchange.parse(JSON.parse(line))),
    );
  }
  return { recording, exchanges };
}

/** Runs the retrieval of a recording again: servers on this machine answer what was recorded, over TLS. */
export async function replay({ recording, exchanges }: Fixtures): Promise<Replayed> {
  const doors = new Doors();
  const unknown: Ask[] = [];
  const open = (file: string) => doors.open(answersOf(exchanges.get(file) ?? [], unknown));
  try {
    const { subject, recordedAt, limits, federation, engines } = recording;
    const onListed = async (listed: readonly Engine[]) => {
      const ports = new Map<string, number>();
      for (const [index, { engineId }] of listed.entries()) ports.set(engineId, await open(engineFile(index)));
      return ports;
    };
    const given: RetrievalGiven = {
      subject,
      limits,
      federation,
      engines,
      login: { username: 'replay', password: 'replay' },
      now: new Date(recordedAt),
      auth: { mode: 'basic' },
      account: undefined,
      noLicence: { statuses: [401, 403], words: ['licen'] },
      pem: doors.pem,
      portalPort: await open(PORTAL_FILE),
      onListed,
    };
    return { ...(await retrieve(given)), unknown };
  } finally {
    await doors.close();
  }
}

/** The outcome of a replay, to compare with the one that the recording expects. */
export const replayedOutcome = async (fixtures: Fixtures) => {
  const { unknown, ...retrieved } = await replay(fixtures);
  return { unknown, outcome: outcomeOf(retrieved) };
};

/** The answers to a question in their order, the last one again and again. */
function answersOf(exchanges: readonly Exchange[], unknown: Ask[]) {
  const waiting = new Map<string, Exchange[]>();
  for (const exchange of exchanges) {
    const key = keyOf(exchange.ask);
    waiting.set(key, [...(waiting.get(key) ?? []), exchange]);
  }
  return async (ask: Ask): Promise<RawAnswer | undefined> => {
    const queue = waiting.get(keyOf(ask));
    if (!queue) {
      unknown.push(ask);
      return { status: 404, headers: {}, framing: 'length', bytes: Buffer.alloc(0), milliseconds: 0 };
    }
    const { answer } = queue.length > 1 ? queue.shift()! : queue[0]!;
    return answer && { ...answer, bytes: bytesOf(answer) };
  };
}

const keyOf = ({ method, path, form = [] }: Ask): string => JSON.stringify([method, path, form]);
