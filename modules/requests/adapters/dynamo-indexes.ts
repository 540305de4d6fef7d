/**
 * Indexes of the table `requests`. The first five hold the items with `listedAt`, one for each Request: `byReference` those
 * that a caller gave a reference, `open` those with possible work left, `unanchored` those whose newest audit entries have no time stamp yet. `outbox` holds
 * what is still to be reported outside, `hooks` the webhooks of ticket systems. `infra/` and `local/` read this list.
 */
export const REQUEST_INDEXES = {
  byCaller: { name: 'byCaller', partitionKey: 'callerId', sortKey: 'listedAt' },
  byReference: { name: 'byReference', partitionKey: 'reference', sortKey: 'listedAt' },
  open: { name: 'open', partitionKey: 'open', sortKey: 'listedAt' },
  unanchored: { name: 'unanchored', partitionKey: 'unanchored', sortKey: 'listedAt' },
  all: { name: 'all', partitionKey: 'listed', sortKey: 'listedAt' },
  outbox: { name: 'outbox', partitionKey: 'outbox', sortKey: 'outboxDue' },
  hooks: { name: 'hooks', partitionKey: 'hook', sortKey: 'hookDue' },
} as const;
export type RequestIndex = (typeof REQUEST_INDEXES)[keyof typeof REQUEST_INDEXES];
