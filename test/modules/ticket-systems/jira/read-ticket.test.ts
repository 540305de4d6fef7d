import { describe, expect, it } from 'vitest';
import { jira } from '../../../../modules/ticket-systems/jira/vendor.ts';
import type { GetJson } from '../../../../modules/ticket-systems/ticket-api.ts';

/** Reads an approved issue whose status was set by these, one after the other. */
function read(...authors: readonly (string | null)[]) {
  const issue = { key: 'GDPR-7', fields: { project: { key: 'GDPR' }, status: { name: 'Approved' } } };
  const values = authors.map((accountId, at) => ({
    id: String(at),
    author: accountId === null ? null : { accountId },
    items: [{ field: 'status', toString: 'Approved' }],
  }));
  const getJson: GetJson = async (path, schema) => {
    if (path.includes('/changelog')) return schema.parse({ total: values.length, values });
    return schema.parse(path.includes('/user/groups') ? [{ name: 'dpo' }] : issue);
  };
  return jira.reader(getJson, {}, { approvedStatus: 'Approved' })('GDPR-7', new AbortController().signal);
}

describe('a ticket of Jira (R20)', () => {
  it('is approved by who set the status last', async () => {
    expect((await read('dora', 'rita')).approval).toMatchObject({ id: '1', approverId: 'rita' });
  });

  it('is approved by nobody when that one is not shown: who approved it before does not count', async () => {
    await expect(read('dora', null)).rejects.toMatchObject({ name: 'TicketUnclearError' });
    expect((await read(null, 'dora')).approval).toMatchObject({ approverId: 'dora' });
  });
});
