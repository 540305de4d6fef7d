/** Stands in for psql where there is none: `psql -h HOST -p PORT -U USER DATABASE ... -f FILE`. Its password comes from ~/.pgpass. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Client } from 'pg';

const text = { type: 'string' } as const;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    host: { ...text, short: 'h' },
    port: { ...text, short: 'p' },
    user: { ...text, short: 'U' },
    file: { ...text, short: 'f' },
    command: { ...text, short: 'c' },
    variable: { ...text, short: 'v' },
  },
});
const { host, port, user, file } = values;
const client = new Client({ host: host!, port: Number(port), user: user!, database: positionals[0]! });
await client.connect();
await client.query(readFileSync(file!, 'utf8'));
await client.end();
