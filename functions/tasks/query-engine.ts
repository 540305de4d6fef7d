import { QueryEngineEvent, type QueryEnginePorts, queryEngine } from '../../modules/engines/query-engine.ts';
import { maskedEngine } from '../../modules/engines/retrieval/masked-engine.ts';
import { standInsOf } from '../../modules/masking/stand-ins-of-request.ts';
import { task } from '../http/parse.ts';
import { clock, environment, log } from '../wiring/environment.ts';
import { vault } from '../wiring/keys.ts';
import { withNexthink } from '../wiring/nexthink.ts';
import { headers, parts } from '../wiring/objects.ts';
import { leases, requests } from '../wiring/tables.ts';

/**
 * Task `Query Engine`: stores what one Engine holds as Parts; `more` asks to be called again from the checkpoint.
 * @param queryMilliseconds maximum time of a query; with less time left no query starts (docs/decisions/0005)
 */
export const createHandler = (ports: QueryEnginePorts, queryMilliseconds: number) =>
  task(QueryEngineEvent, async (event, signal, context) => {
    const names = await standInsOf(event.requestId, ports);
    const engineApi = names ? maskedEngine(ports.engineApi, names) : ports.engineApi;
    const mayStart = () => context.getRemainingTimeInMillis() > queryMilliseconds;
    return queryEngine(event, { ...ports, engineApi }, mayStart, signal);
  });

/** Kept free at the end of an invocation, beside one query's own time (docs/decisions/0005). */
const MARGIN_SECONDS = 30;

export const handler = withNexthink(({ limits, outside: { engineApi } }) => {
  const { DEFLATE_LEVEL: deflateLevel, ENGINE_TIMEOUT_SECONDS } = environment();
  const stores = { requests: requests(), vault: vault(), parts: parts(), leases: leases(), headers: headers() };
  const ports = { ...stores, engineApi, limits: { ...limits, deflateLevel }, clock, log };
  return createHandler(ports, (ENGINE_TIMEOUT_SECONDS + MARGIN_SECONDS) * 1000);
});
