import { expect, it } from 'vitest';
import { portalSource } from '../../../local/portal-setup/given-database.ts';

it.each([
  ['gdpr_read', 'postgresql://db/portal', undefined],
  ['gdpr_anonymize', 'postgresql://db/portal', 'gdpr_anonymize'],
  ['owner', 'postgresql://owner@db/portal', 'gdpr_anonymize'],
])('logs in as %s at %s where a command wants %s (R15)', async (username, text, role) => {
  const source = await portalSource(text, async () => 'a password', role);

  expect(await source!()).toMatchObject({ username, host: 'db', port: 5432, database: 'portal' });
});
