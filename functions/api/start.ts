import { router } from '../http/router.ts';
import { handler as loginRequest } from './start/login-request.ts';
import { handler as rerunRequest } from './start/rerun-request.ts';
import { handler as startRequest } from './start/start-request.ts';

/** Seals logins and starts executions. */
export const handler = router<'start'>({
  'POST /v1/requests': startRequest,
  'POST /v1/requests/{requestId}/login': loginRequest,
  'POST /v1/requests/{requestId}/rerun': rerunRequest,
});
