import { Cron } from 'croner';
import type { FunctionSpec } from '../../functions/registry.ts';
import type { Piece } from '../pieces.ts';
import { rotateLog } from './log-rotation.ts';
import { removeExpired } from './time-to-live.ts';

interface ClockWorkOptions {
  readonly schedules: readonly Pick<FunctionSpec & { readonly everyMinutes: number }, 'name' | 'everyMinutes'>[];
  readonly invoke: (name: string, event: unknown, isEvent: boolean) => Promise<unknown>;
  /** Where the tables are, and their names. */
  readonly tablesUrl: string;
  readonly tables: readonly string[];
  readonly logFile: string;
  /** Drops old executions. */
  readonly forgetOld: () => void;
}

/** Maximum size of the log of the functions; half as much is kept beside it. */
const MAX_LOG_BYTES = 16 * 1024 * 1024;

/** What AWS does by the clock: calls what is scheduled (EventBridge), removes expired items (DynamoDB), drops old logs and executions. */
export function startClockWork({ schedules, invoke, tablesUrl, tables, logFile, forgetOld }: ClockWorkOptions): Piece {
  const jobs = schedules.map(
    ({ name, everyMinutes }) =>
      new Cron(everyMinutes < 60 ? `*/${everyMinutes} * * * *` : '0 * * * *', { protect: true }, async () => {
        await invoke(name, {}, true);
      }),
  );
  const upkeep = async () => {
    rotateLog(logFile, MAX_LOG_BYTES);
    forgetOld();
    await removeExpired(tablesUrl, tables);
  };
  jobs.push(new Cron('*/5 * * * *', { protect: true, catch: true }, upkeep));
  return {
    stop() {
      for (const job of jobs) job.stop();
    },
  };
}
