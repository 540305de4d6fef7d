import type { RequestRecord } from '../core/model.ts';

/** Sort key of the item that is the Request itself. */
export const META = 'META';
/** The one partition of the index of all Requests: they come by the hundred a day at most. */
export const LISTED = 'REQUEST';

export const keyOf = (requestId: string, sk: string) => ({ pk: `REQ#${requestId}`, sk });

/** Place of a Request in the lists: by time, then by id. */
export const listedAtOf = ({ createdAt, requestId }: Pick<RequestRecord, 'createdAt' | 'requestId'>): string =>
  `${createdAt}#${requestId}`;

/** A Request as a whole item, with what the indexes need. */
export const itemOf = (record: RequestRecord): Record<string, unknown> => ({
  ...keyOf(record.requestId, META),
  ...record,
  listed: LISTED,
  listedAt: listedAtOf(record),
});

export function recordOf(item: Record<string, unknown>): RequestRecord {
  const { pk: _pk, sk: _sk, listed: _listed, listedAt: _listedAt, ...record } = item;
  return record as unknown as RequestRecord;
}
