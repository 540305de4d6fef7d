import * as z from 'zod';
import { CloseEvent, closeRequest } from '../../modules/lifecycle/close-request.ts';
import { task } from '../http/parse.ts';
import { closingPorts } from '../wiring/closing.ts';
import { lazy } from '../wiring/environment.ts';

const EXECUTION_NAME = /^(?<requestId>[0-9a-f-]{36})-r(?<attempt>\d+)$/;

/** EventBridge: an execution failed, timed out or was stopped; its name holds the Request and the attempt. */
const ExecutionEnded = z
  .object({ detail: z.object({ status: z.string(), name: z.string().regex(EXECUTION_NAME) }) })
  .transform(({ detail: { status, name } }) => {
    const { requestId, attempt } = EXECUTION_NAME.exec(name)!.groups!;
    return { requestId: requestId!, attempt: Number(attempt), error: `Execution.${status}` };
  });

export const Event = z.union([CloseEvent, ExecutionEnded]);

/** Tasks `Close Request` and `Close Request Failed`, and the rule on the execution's status (docs/decisions/0025). */
export const handler = lazy(() => task(Event, (event) => closeRequest(event, closingPorts())));
