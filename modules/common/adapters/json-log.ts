import { LOG_FIELDS, type Log, type LogFields } from '../ports.ts';

/** Writes one JSON line per event; a field that is not in `LOG_FIELDS`, or of another type, is dropped (R24). @param write takes a line without its line end */
export function jsonLog(write: (line: string) => void): Log {
  const log =
    (level: 'info' | 'warn') =>
    (event: string, fields: LogFields = {}) => {
      const allowed = Object.entries(fields).filter(
        ([key, value]) => typeof value === LOG_FIELDS[key as keyof LogFields],
      );
      write(JSON.stringify({ level, event, ...Object.fromEntries(allowed) }));
    };
  return { info: log('info'), warn: log('warn') };
}
