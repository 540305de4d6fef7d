import type { AwsCall } from '../call-recorder.ts';

/** Limits of AWS that the stand-ins keep where a test asks for them. What is absent is not limited; docs/limits.md lists the rest. */
export interface AwsLimits {
  /** Events of one execution. */
  readonly historyEvents?: number;
  /** Executions of functions at once. A call of the API or of a state machine beyond it is refused, an event waits. */
  readonly concurrency?: number | undefined;
  /** Bytes of what a function answers. */
  readonly answerBytes?: number;
  /** How much later than its table an index shows a write. */
  readonly indexLagMs?: number | undefined;
  /** Whether the role of a function may make a call. What it may not is answered as AWS denies it. */
  readonly mayCall?: (call: AwsCall) => boolean;
  /** The gateway refuses a token that has no scope of the route, before any function sees the call. */
  readonly gatewayScopes?: boolean;
  /** Roles whose signed calls (SigV4) the gateway takes, by access key: the ARN of the role. All have the secret of the stand-ins. */
  readonly signers?: Readonly<Record<string, string>>;
  /** Functions run in processes with nothing but what Lambda gives. */
  readonly lambda?: {
    /** Variables of each function in its template. */
    readonly variables: Readonly<Record<string, TemplateVariables>>;
  };
}

/** Values that are no text refer to resources of the stacks. */
export type TemplateVariables = Readonly<Record<string, unknown>>;

/**
 * Those that AWS gives to a new account. Sources: Step Functions, "Service quotas" (events); Lambda, "Lambda quotas" (6 MB of an
 * answer, and an account that was made lately may have 10 executions at once).
 */
export const AWS_LIMITS = { historyEvents: 25_000, concurrency: 10, answerBytes: 6_291_556 } as const;
