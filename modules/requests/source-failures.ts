import type { SourceState } from './source.ts';

const STATE_BY_ERROR: Readonly<Record<string, SourceState>> = {
  EngineUnavailableError: 'UNREACHABLE',
  EngineNotConnectedError: 'UNREACHABLE',
  EngineAddressError: 'UNREACHABLE',
  EngineLicenceError: 'NO_LICENCE',
  EngineTimeoutError: 'TIMED_OUT',
  EngineTlsError: 'TLS_FAILED',
  EngineAuthError: 'AUTH_FAILED',
  EngineQueryRejectedError: 'REJECTED_QUERY',
  PortalDatabaseUnavailableError: 'UNREACHABLE',
  RequestCancelledError: 'CANCELLED',
  'States.Timeout': 'TIMED_OUT', // the state's, and Lambda's own before it
  'Sandbox.Timedout': 'TIMED_OUT',
};

/** The state that a source ends in after a failure of this name (ours, Lambda's or Step Functions'). */
export const stateAfter = (errorName: string): SourceState => STATE_BY_ERROR[errorName] ?? 'FAILED';
