import { router } from '../http/router.ts';
import { handler as approveRequest } from './operate/approve-request.ts';
import { handler as cancelRequest } from './operate/cancel-request.ts';
import { handler as changeDeadline } from './operate/change-deadline.ts';
import { handler as deleteArchive } from './operate/delete-archive.ts';
import { handler as denyRequest } from './operate/deny-request.ts';

/** Approves, denies and cancels Requests, changes deadlines and deletes archives. It reads no personal data and starts nothing. */
export const handler = router<'operate'>({
  'POST /v1/requests/{requestId}/approve': approveRequest,
  'POST /v1/requests/{requestId}/deny': denyRequest,
  'POST /v1/requests/{requestId}/cancel': cancelRequest,
  'POST /v1/requests/{requestId}/deadline': changeDeadline,
  'DELETE /v1/requests/{requestId}/archive': deleteArchive,
});
