import { QueryEngineEvent, queryEngine } from '../../modules/engines/query-engine.ts';
import { maskedEngine } from '../../modules/engines/retrieval/masked-engine.ts';
import { standInsOf } from '../../modules/masking/stand-ins.ts';
import { task } from '../http/parse.ts';
import { clock, environment, log } from '../wiring/environment.ts';
import { vault } from '../wiring/keys.ts';
import { withNexthink } from '../wiring/nexthink.ts';
import { parts } from '../wiring/objects.ts';
import { leases, requests } from '../wiring/tables.ts';

/** Kept free at the end of an invocation, beside one query's own time (docs/decisions/0005). */
const MARGIN_SECONDS = 30;

/** Task `Query Engine`; `more` asks to be called again from the checkpoint. No query starts that might not end in time. */
export const handler = withNexthink(({ limits, outside: { engineApi } }) => {
  const { DEFLATE_LEVEL: deflateLevel, ENGINE_TIMEOUT_SECONDS } = environment();
  const queryMilliseconds = (ENGINE_TIMEOUT_SECONDS + MARGIN_SECONDS) * 1000;
  const stores = { requests: requests(), vault: vault(), parts: parts(), leases: leases() };
  const ports = { ...stores, limits: { ...limits, deflateLevel }, clock, log };
  return task(QueryEngineEvent, async (event, signal, context) => {
    const names = await standInsOf(event.requestId, ports);
    const api = names ? maskedEngine(engineApi, names) : engineApi;
    const mayStart = () => context.getRemainingTimeInMillis() > queryMilliseconds;
    return queryEngine(event, { ...ports, engineApi: api }, mayStart, signal);
  });
});
