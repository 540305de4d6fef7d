import type { Log, LogFields } from '../ports.ts';

/** Fields that may be logged, each with its type; every other field is dropped (R24). */
const ALLOWED: Readonly<Record<keyof LogFields, 'string' | 'number'>> = {
  requestId: 'string',
  attempt: 'number',
  engineId: 'string',
  sourceId: 'string',
  state: 'string',
  error: 'string',
  file: 'string',
  field: 'string',
  rows: 'number',
  bytes: 'number',
  milliseconds: 'number',
  status: 'number',
  count: 'number',
  digest: 'string',
};

/** Writes one JSON line per event. @param write takes a line without its line end */
export function jsonLog(write: (line: string) => void): Log {
  const log =
    (level: 'info' | 'warn') =>
    (event: string, fields: LogFields = {}) => {
      const allowed = Object.entries(fields).filter(([key, value]) => typeof value === ALLOWED[key as keyof LogFields]);
      write(JSON.stringify({ level, event, ...Object.fromEntries(allowed) }));
    };
  return { info: log('info'), warn: log('warn') };
}
