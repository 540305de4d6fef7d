import { router } from '../http/router.ts';
import { handler as findSubjects } from './preview/find-subjects.ts';
import { handler as listEngines } from './preview/list-engines.ts';
import { handler as previewRequest } from './preview/preview-request.ts';

/** Queries Portal and Engines with the login of the call, and stores nothing. */
export const handler = router<'preview'>({
  'POST /v1/preview': previewRequest,
  'POST /v1/engines': listEngines,
  'POST /v1/subjects': findSubjects,
});
