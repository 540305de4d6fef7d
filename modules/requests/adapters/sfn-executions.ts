import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  type SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { KnownExecutions } from '../executions.ts';
import type { RequestKind } from '../subject.ts';

/** Executions named `<requestId>-r<attempt>`, so that a second start of the same attempt makes no double. */
export function sfnExecutions(sfn: SFNClient, machineArns: Readonly<Record<RequestKind, string>>): KnownExecutions {
  const arnOf = (kind: RequestKind, name: string) =>
    `${machineArns[kind].replace(':stateMachine:', ':execution:')}:${name}`;
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
      const executionArn = arnOf(kind, nameOf(requestId, attempt));
      try {
        await sfn.send(new StopExecutionCommand({ executionArn }));
      } catch (error) {
        if (!(error instanceof ExecutionDoesNotExist)) throw error;
      }
    },
    async find(kind, requestId, attempt) {
      const executionArn = arnOf(kind, nameOf(requestId, attempt));
      try {
        const { status } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
        return status === 'PENDING_REDRIVE' ? 'FAILED' : (status ?? 'unknown');
      } catch (error) {
        if (!(error instanceof ExecutionDoesNotExist)) throw error;
        return 'unknown';
      }
    },
  };
}
