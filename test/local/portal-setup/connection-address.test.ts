import { expect, it } from 'vitest';
import { connectionTo } from '../../../local/portal-setup/connection-address.ts';

it.each([
  ['gdpr_read', 'postgresql://db/portal', undefined],
  ['gdpr_anonymize', 'postgresql://db/portal', 'gdpr_anonymize'],
  ['owner', 'postgresql://owner@db/portal', 'gdpr_anonymize'],
])('logs in as %s at %s where a command wants %s (R15)', async (username, text, role) => {
  const connection = await connectionTo(text, { PGPASSWORD: 'kept' }, role);

  expect(connection).toEqual({ username, password: 'kept', host: 'db', port: 5432, database: 'portal' });
});

it.each([
  'postgresql://gdpr_read:100%sure@db/portal',
  'postgresql://db/portal?password=secret',
  'postgresql://db/',
  'http://db/portal',
])('takes %s for no address', async (text) => {
  expect(await connectionTo(text, { PGPASSWORD: 'kept' })).toBeUndefined();
});
