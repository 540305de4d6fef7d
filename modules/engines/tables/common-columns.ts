import type { EngineTable } from './engine-table.ts';

/** Columns that mean the same in every table. */
export const COMMON_COLUMNS = {
  id: ['id', 'number of this record on its Engine; means nothing on another Engine', 'keep'],
  platform: ['keyword', 'windows, mac_os or mobile', 'keep'],
  first_seen: ['time', 'first time it was seen', 'keep'],
  last_seen: ['time', 'last time it was seen', 'keep'],
  start_time: ['time', 'beginning', 'keep'],
  end_time: ['time', 'end; an event that was still running may have lasted longer', 'keep'],
  time: ['time', 'when it happened', 'keep'],
  duration: ['milliseconds', 'how long it lasted', 'keep'],
  cardinality: ['number', 'how many equal events were merged into this row', 'keep'],
  total_active_days: ['days', 'days on which it was active', 'keep'],
  database_usage: ['per mille', "share of the Engine's database that it takes", 'keep'],
  storage_policy: ['keyword', 'what the Engine stores about it', 'keep'],
  engine: ['text', 'Engine that the row comes from', 'keep'],
  field: ['text', 'name of the field', 'keep'],
  value: ['text', 'value of the field', 'keep'],
  list: ['keyword', 'list that contains the entry', 'keep'],
  entry: ['text', 'entry of the list', 'keep'],
} as const satisfies EngineTable['columns'];
