import { portalPreview } from '../../modules/portal/search/preview.ts';
import { freshHttp } from '../http/http.ts';
import {
  callers,
  clock,
  environment,
  fittingPortalMapping,
  leases,
  log,
  newNonce,
  pause,
  portalRole,
} from '../wiring/dependencies.ts';
import { nexthink } from '../wiring/nexthink.ts';
import { createHandler } from './handler.ts';

/** One statement may take this long, seconds; the search as a whole has a limit of its own. */
const STATEMENT_SECONDS = 22;

export const handler = freshHttp(log, async () => {
  const { policy, outside } = await nexthink();
  const openPreview = async () => {
    const role = portalRole(environment().PORTAL_READ_SECRET_ID);
    const mapping = await fittingPortalMapping(role);
    return { mapping, portalPreview: portalPreview(role, mapping, STATEMENT_SECONDS) };
  };
  return {
    handler: createHandler(policy, {
      ...outside,
      callers: callers(),
      leases: leases(),
      pause,
      log,
      clock,
      newNonce,
      openPreview,
    }),
    close: outside.engineApi.close,
  };
});
