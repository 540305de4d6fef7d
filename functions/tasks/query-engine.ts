import { QueryEngineEvent, queryEngine } from '../../modules/engines/query-engine.ts';
import { maskedEngine } from '../../modules/engines/retrieval/masked-engine.ts';
import { standInsOf } from '../../modules/masking/stand-ins.ts';
import { task } from '../http/parse.ts';
import { environment } from '../wiring/environment.ts';
import { sealedPorts } from '../wiring/keys.ts';
import { withNexthink } from '../wiring/nexthink.ts';
import { parts } from '../wiring/objects.ts';
import { leases } from '../wiring/tables.ts';

/** Kept free at the end of an invocation, beside one query's own time (docs/decisions/0005). */
const MARGIN_SECONDS = 30;

/** Task `Query Engine`; `more` asks to be called again from the checkpoint. No query starts that might not end in time. */
export const handler = withNexthink(({ limits, outside: { engineApi } }) => {
  const { DEFLATE_LEVEL: deflateLevel, ENGINE_TIMEOUT_SECONDS } = environment();
  const queryMilliseconds = (ENGINE_TIMEOUT_SECONDS + MARGIN_SECONDS) * 1000;
  const ports = { ...sealedPorts(), parts: parts(), leases: leases(), limits: { ...limits, deflateLevel } };
  return task(QueryEngineEvent, async (event, signal, context) => {
    const names = await standInsOf(event.requestId, ports);
    const api = names ? maskedEngine(engineApi, names) : engineApi;
    const mayStart = () => context.getRemainingTimeInMillis() > queryMilliseconds;
    return queryEngine(event, { ...ports, engineApi: api }, mayStart, signal);
  });
});
