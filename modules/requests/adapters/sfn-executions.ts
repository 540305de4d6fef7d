import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  type SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { ignoring } from '../../common/errors.ts';
import type { KnownExecutions } from '../executions.ts';
import type { RequestKind } from '../subject.ts';

/** Executions named `<requestId>-r<attempt>`, so that a second start of the same attempt makes no double. */
export function sfnExecutions(
  sfn: SFNClient,
  machineArns: Readonly<Partial<Record<RequestKind, string>>>, // removals have no executions
): KnownExecutions {
  const nameOf = (requestId: string, attempt: number) => `${requestId}-r${attempt}`;
  const arnOf = (kind: RequestKind, requestId: string, attempt: number) =>
    `${machineArns[kind]!.replace(':stateMachine:', ':execution:')}:${nameOf(requestId, attempt)}`;
  return {
    async start(kind, requestId, attempt) {
      const [name, input] = [nameOf(requestId, attempt), JSON.stringify({ requestId, attempt })];
      const command = new StartExecutionCommand({ stateMachineArn: machineArns[kind]!, name, input });
      await sfn.send(command).catch(ignoring(ExecutionAlreadyExists));
    },
    async stop(kind, requestId, attempt) {
      const command = new StopExecutionCommand({ executionArn: arnOf(kind, requestId, attempt) });
      await sfn.send(command).catch(ignoring(ExecutionDoesNotExist));
    },
    async find(kind, requestId, attempt) {
      const command = new DescribeExecutionCommand({ executionArn: arnOf(kind, requestId, attempt) });
      const found = await sfn.send(command).catch(ignoring(ExecutionDoesNotExist));
      return found?.status === 'PENDING_REDRIVE' ? 'FAILED' : (found?.status ?? 'unknown');
    },
  };
}
