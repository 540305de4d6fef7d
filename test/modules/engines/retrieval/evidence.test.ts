import { describe, expect, it } from 'vitest';
import {
  eventStatement,
  objectStatement,
  PROBE_STATEMENT,
  packagesStatement,
} from '../../../../modules/engines/nxql.ts';
import { judgeHeader } from '../../../../modules/engines/retrieval/read-answer.ts';

const events = eventStatement({
  fields: ['execution', 'user', 'binary'].map((table) => ({ table, fields: ['*'] })),
  subject: 'user',
  id: '7',
  between: { from: 'midnight', to: 'now' },
  order: { field: 'start_time', direction: 'asc' },
  limit: 10,
});
const fields = objectStatement('user', '7', ['score:A/B', 'with (blank)'], ['id', 'name']);
const judge = (statement: string, header: string) => () =>
  judgeHeader({ engineId: 'engine-1', statement }, header.split('\t'));

describe('judgeHeader (R12)', () => {
  it.each([
    [PROBE_STATEMENT, 'id'],
    [events, 'user/name\tbinary/company\texecution/start_time\tuser/id\tanother/column'],
    [fields, 'id\tname\t#score:A/B\t#with (blank)'],
    [fields, 'score:A/B\twith (blank)\tname\tid'],
    [packagesStatement('7', '*', 'id name device_uid'), 'package/name\tdevice/id\tdevice/name\tdevice/device_uid'],
  ])('accepts the queried columns of %s in any order, among others', (statement, header) => {
    expect(judge(statement, header)).not.toThrow();
  });

  it.each(['reindexing, try later', '{"error":"internal"}', '<html>', 'Id', 'name'])(
    'names %s as something that is not data (C2, C3, C4)',
    (text) => {
      expect(judge(PROBE_STATEMENT, text)).toThrow('Engine engine-1 answered with something that is not data');
    },
  );

  it.each([
    ['execution/start_time\tuser/id\tbinary/id', 'user/name'],
    ['execution/id\tuser/id\tuser/name\tbinary/id', 'execution/start_time'],
    ['execution/id\texecution/start_time\tuser/id\tuser/name', 'binary/*'],
  ])('names a column that %s lacks', (header, column) => {
    expect(judge(events, header)).toThrow(
      expect.objectContaining({
        reason: 'COLUMNS_MISSING',
        message: `Engine engine-1 answered with no column ${column}`,
      }),
    );
  });
});
