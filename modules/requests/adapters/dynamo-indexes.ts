/** A second order of the table of Requests, by which lists are made. */
export interface RequestIndex {
  readonly name: string;
  readonly partitionKey: string;
  readonly sortKey: string;
}

/**
 * Indexes of the table `requests`. Only items with `listedAt` are in the first four: one for each Request; in `open` those
 * alone of which something may be left to do, in `unanchored` those whose audit trail the witness has not seen. In `outbox` is
 * what somebody outside is still to be told; in `hooks` what ticketing systems have told us. Read by `infra/` and `local/`.
 */
export const REQUEST_INDEXES = {
  byCaller: { name: 'byCaller', partitionKey: 'callerId', sortKey: 'listedAt' },
  open: { name: 'open', partitionKey: 'open', sortKey: 'listedAt' },
  unanchored: { name: 'unanchored', partitionKey: 'unanchored', sortKey: 'listedAt' },
  all: { name: 'all', partitionKey: 'listed', sortKey: 'listedAt' },
  outbox: { name: 'outbox', partitionKey: 'outbox', sortKey: 'outboxDue' },
  hooks: { name: 'hooks', partitionKey: 'hook', sortKey: 'hookDue' },
} as const satisfies Record<string, RequestIndex>;
