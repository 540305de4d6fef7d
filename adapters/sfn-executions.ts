import {
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  type SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { RequestKind } from '../core/model.ts';
import type { Executions } from '../core/ports.ts';

/** Executions named `<requestId>-r<attempt>`, so that a second start of the same attempt makes no double. */
export function sfnExecutions(sfn: SFNClient, machineArns: Readonly<Record<RequestKind, string>>): Executions {
  const nameOf = (requestId: string, attempt: number) => `${requestId}-r${attempt}`;
  return {
    async start(kind, requestId, attempt) {
      try {
        await sfn.send(
          new StartExecutionCommand({
            stateMachineArn: machineArns[kind],
            name: nameOf(requestId, attempt),
            input: JSON.stringify({ requestId, attempt }),
          }),
        );
      } catch (error) {
        if (!(error instanceof ExecutionAlreadyExists)) throw error;
      }
    },
    async stop(kind, requestId, attempt) {
      const executionArn = `${machineArns[kind].replace(':stateMachine:', ':execution:')}:${nameOf(requestId, attempt)}`;
      try {
        await sfn.send(new StopExecutionCommand({ executionArn }));
      } catch (error) {
        if (!(error instanceof ExecutionDoesNotExist)) throw error;
      }
    },
  };
}
