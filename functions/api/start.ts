import { router } from '../http/router.ts';
import { handler as loginRequest } from './login-request.ts';
import { handler as rerunRequest } from './rerun-request.ts';
import { handler as startRequest } from './start-request.ts';

/** Seals logins and starts executions. */
export const handler = router<'start'>({
  'POST /v1/requests': startRequest,
  'POST /v1/requests/{requestId}/login': loginRequest,
  'POST /v1/requests/{requestId}/rerun': rerunRequest,
});
