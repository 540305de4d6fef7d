import { router } from '../http/router.ts';
import { handler as getArchive } from './deliver/get-archive.ts';
import { handler as getManifest } from './deliver/get-manifest.ts';

/** Hands out the results of a retrieval. */
export const handler = router<'deliver'>({
  'GET /v1/requests/{requestId}/archive': getArchive,
  'POST /v1/requests/{requestId}/links': getArchive,
  'GET /v1/requests/{requestId}/manifest': getManifest,
});
