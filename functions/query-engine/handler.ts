import middy from '@middy/core';
import * as z from 'zod';
import { type QueryEnginePorts, queryEngine } from '../../core/steps/query-engine.ts';
import { validateEvent } from '../shared/middleware.ts';
import { TaskEvent } from '../shared/schemas.ts';

/** One item of the `Query each Engine` Map in retrieve.asl.json; name and login are fetched, sealed. */
export const QueryEngineEvent = TaskEvent.extend({ engineId: z.string().min(1) });
export type QueryEngineEvent = z.infer<typeof QueryEngineEvent>;

/**
 * Task `Query Engine`: stores what one Engine holds as Parts; `more` asks to be called again from the checkpoint.
 * @param queryMilliseconds time that another query may need; with less left none is started (design D3)
 */
export const createHandler = (ports: QueryEnginePorts, queryMilliseconds: number) =>
  middy<QueryEngineEvent, { more: boolean }>()
    .use(validateEvent(QueryEngineEvent))
    .handler((event, context, { signal }) =>
      queryEngine(event, ports, () => context.getRemainingTimeInMillis() > queryMilliseconds, signal),
    );
