import { router } from '../http/router.ts';
import { handler as getAnchors } from './read/get-anchors.ts';
import { handler as getEvents } from './read/get-events.ts';
import { handler as getRequest } from './read/get-request.ts';
import { handler as listRequests } from './read/list-requests.ts';

/** Reads the records of Requests and their audit trails. */
export const handler = router<'read'>({
  'GET /v1/requests': listRequests,
  'GET /v1/requests/{requestId}': getRequest,
  'GET /v1/requests/{requestId}/events': getEvents,
  'GET /v1/anchors': getAnchors,
});
