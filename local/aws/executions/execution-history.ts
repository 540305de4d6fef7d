import type { StateMachine } from 'aws-local-stepfunctions';

export type LibraryEvent =
  ReturnType<StateMachine['run']>['eventLogs'] extends AsyncGenerator<infer Event> ? Event : never;

/** An event of an execution as `GetExecutionHistory` tells of it; `timestamp` in seconds. */
export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  readonly timestamp: number;
  readonly type: string;
  /** `<type>EventDetails`. */
  readonly [details: string]: unknown;
}

/** An event before it has a number. */
export interface NewEvent {
  readonly timestamp: number;
  readonly type: string;
  readonly [details: string]: unknown;
}

/** The interpreter's event in the words of the service; what only the interpreter tells keeps its own name. */
export function historyEvent(event: LibraryEvent): NewEvent {
  const timestamp = event.timestamp / 1000;
  switch (event.type) {
    case 'ExecutionStarted':
      return { timestamp, type: event.type, executionStartedEventDetails: { input: text(event.input) } };
    case 'ExecutionSucceeded':
      return { timestamp, type: event.type, executionSucceededEventDetails: { output: text(event.output) } };
    case 'ExecutionFailed':
      return { timestamp, type: event.type, executionFailedEventDetails: failure(event) };
    case 'StateEntered': {
      const { name, type, input } = event.state;
      return { timestamp, type: `${type}StateEntered`, stateEnteredEventDetails: { name, input: text(input) } };
    }
    case 'StateExited': {
      const { name, type, output } = event.state;
      return { timestamp, type: `${type}StateExited`, stateExitedEventDetails: { name, output: text(output) } };
    }
    case 'StateFailed': {
      const { name, type } = event.state;
      return { timestamp, type: `${type}StateFailed`, stateFailedEventDetails: { name, ...failure(event) } };
    }
    case 'MapIterationStarted':
    case 'MapIterationSucceeded':
    case 'MapIterationFailed': {
      const details = { name: event.parentState.name, index: event.index };
      return { timestamp, type: event.type, [`${lowerFirst(event.type)}EventDetails`]: details };
    }
    default:
      return { timestamp, type: event.type };
  }
}

/**
 * How many events AWS writes where the interpreter tells of one: a Map or Parallel is entered and started, and ends and is exited;
 * of branches, retries and catches AWS writes nothing. Source: Step Functions, `HistoryEvent`.
 */
export function eventsOnAws(event: LibraryEvent): number {
  switch (event.type) {
    case 'StateEntered':
    case 'StateExited':
      return event.state.type === 'Map' || event.state.type === 'Parallel' ? 2 : 1;
    case 'ExecutionStarted':
    case 'ExecutionSucceeded':
    case 'ExecutionFailed':
    case 'MapIterationStarted':
    case 'MapIterationSucceeded':
    case 'MapIterationFailed':
      return 1;
    default:
      return 0;
  }
}

/** Events of a Lambda function behind a Task, which the interpreter does not tell of. */
export const lambdaEvent = (
  what: 'Scheduled' | 'Succeeded' | 'Failed',
  details: Record<string, unknown>,
): NewEvent => ({
  timestamp: Date.now() / 1000,
  type: `LambdaFunction${what}`,
  [`lambdaFunction${what}EventDetails`]: details,
});

const text = (value: unknown): string => JSON.stringify(value ?? null);

const failure = (event: { Error: string; Cause: unknown }) => ({
  error: event.Error,
  cause: typeof event.Cause === 'string' ? event.Cause : text(event.Cause),
});

const lowerFirst = (word: string): string => word.charAt(0).toLowerCase() + word.slice(1);
