import {
  type Check,
  checked,
  type DoctorReport,
  type Examination,
  examine,
  wordsOf,
} from '../../modules/common/doctor.ts';
import { alarm } from './alarm.ts';
import { Api, ApiRefusal, isSignatureRefused } from './api.ts';
import { Aws, AwsRefusal } from './aws.ts';
import { type Options, UsageError } from './options.ts';
import { checkOutputs, type Outputs, readOutputs } from './outputs.ts';
import { platformChecks } from './platform.ts';
import { type Caller, doctor, nothingFound, rehearsal, retrieval } from './steps.ts';
import { Traces } from './traces.ts';

/** What a report file holds; nothing personal. */
export interface Report extends Omit<DoctorReport, 'state'> {
  readonly stage: string;
  /** Every step was done, everything was measured, and nothing is at fault. */
  readonly passed: boolean;
}

/** No step takes longer; it is what a function of the system may take. */
const MAX_STEP_MS = 900_000;
const MAX_CHECK_MS = 30_000;
const MAX_ALARM_MS = 120_000;
/** A refused login or token is not sent again: accounts lock. */
const LOGIN_REFUSED = /^\/problems\/login-/;

type ApiStep = (caller: Caller, signal: AbortSignal) => Promise<string | readonly Check[]>;
const API_STEPS: readonly (readonly [id: string, name: string, work: ApiStep])[] = [
  ['doctor', 'Doctor', doctor],
  ['retrieval', 'Retrieval', retrieval],
  ['rehearsal', 'Rehearsal', rehearsal],
  ['nothing-found', 'Nothing found', nothingFound],
];
const MANUAL = 'docs/operations.md';

/** Ids of all steps, in their order. */
export const STEPS = ['platform', ...API_STEPS.map(([id]) => id), 'alarm'] as const;

/**
 * Does all steps, one after the other; one that fails stops no other. What a step leaves is taken back before the next one.
 * @param stopped somebody has stopped the run: no further step begins @throws {UsageError} there is no such stack
 */
export async function smoke(
  options: Options,
  say: (line: string) => void,
  aws = new Aws(),
  stopped: AbortSignal = new AbortController().signal,
): Promise<Report> {
  const { stage, skip } = options;
  const outputs = await findOutputs(options, aws);
  const deployed = { aws, stage, outputs };
  const traces = new Traces();
  const caller = { api: await openApi(options, outputs, aws), options, say, traces };
  const all: Check[] = [];
  const note = (checks: readonly Check[]) => {
    all.push(...checks);
    for (const check of checks) for (const line of linesOf(check)) say(line);
  };
  const step = async (id: string, name: string, work: () => Promise<readonly Check[]>) => {
    if (skip.includes(id)) return note([checked(name, 'not configured', 'Left out by --skip')]);
    if (stopped.aborted) return note([checked(name, 'not measured', 'The run was stopped')]);
    say(`${' '.repeat(16)}${name} ...`); // a retrieval may take minutes
    note(await work());
    note(await traces.clear(name));
  };

  const made = async (examinations: readonly Examination[], limitMs: number) =>
    (await examine(examinations, new Date(), limitMs)).checks;
  await step('platform', 'Platform', () => made(platformChecks(deployed), MAX_CHECK_MS));
  let stop: string | undefined;
  for (const [id, name, work] of API_STEPS) {
    const look = async () => {
      try {
        const found = await work(caller, AbortSignal.any([AbortSignal.timeout(MAX_STEP_MS), stopped]));
        return typeof found === 'string' ? [checked(name, 'ok', found)] : found;
      } catch (error) {
        if (isFinal(error)) stop = `${error.message}. It is not tried again`;
        return [checked(name, 'fault', wordsOf(error), mendOf(error))];
      }
    };
    await step(id, name, async () => (stop === undefined ? look() : [checked(name, 'not measured', stop)]));
  }
  const look = (signal: AbortSignal) => alarm(deployed, AbortSignal.any([signal, stopped]), traces);
  await step('alarm', 'Alarm', () => made([['Alarm', 'a role that may set alarms', look]], MAX_ALARM_MS));
  const passed = all.every(({ state }) => state === 'ok' || state === 'warning');
  return { at: new Date().toISOString(), stage, passed, checks: all };
}

/** @throws {UsageError} calls cannot be signed */
async function openApi({ token }: Options, { ApiUrl, MachineApiUrl }: Outputs, aws: Aws): Promise<Api> {
  if (token !== undefined) return new Api(ApiUrl, token);
  if (MachineApiUrl === undefined)
    throw new UsageError('--sigv4 needs the output MachineApiUrl: name your role in api.machines, and deploy');
  const proof = await aws.sign().catch((error: unknown) => {
    throw new UsageError(wordsOf(error));
  });
  return new Api(MachineApiUrl, proof);
}

/** What to change after an error. */
function mendOf(error: unknown): string {
  if (!(error instanceof ApiRefusal)) return MANUAL;
  if (error.status === 0) return 'the output ApiUrl, network and proxy';
  if (isSignatureRefused(error)) return 'execute-api:Invoke for your role; AWS_PROFILE and AWS_REGION';
  if (error.status === 401) return 'GDPR_TOKEN: get a new one';
  if (LOGIN_REFUSED.test(error.type)) return 'GDPR_LOGIN and GDPR_PASSWORD, and the profile of that account';
  return error.type === 'about:blank' ? MANUAL : `docs${error.type}.md`;
}

/** Whether the steps after it would only be refused, too. */
const isFinal = (error: unknown): error is ApiRefusal =>
  error instanceof ApiRefusal &&
  (error.status === 0 || error.status === 401 || isSignatureRefused(error) || LOGIN_REFUSED.test(error.type));

async function findOutputs({ stage, outputs }: Options, aws: Aws): Promise<Outputs> {
  if (outputs !== undefined) return readOutputs(outputs, stage);
  const found: Record<string, string> = {};
  for (const name of [`${stage}-data`, `${stage}-service`]) {
    const stack = await aws.stack(name).catch((error: unknown) => {
      if (!(error instanceof AwsRefusal)) throw error;
      if (error.code !== 'does not exist') throw new UsageError(`${error.message}. Or give --outputs FILE`);
      throw new UsageError(`There is no stack ${name} here: compare --stack with \`stage\`, and AWS_REGION`);
    });
    for (const { OutputKey, OutputValue } of stack.Outputs ?? []) found[OutputKey!] = OutputValue!;
  }
  return checkOutputs(found);
}

function linesOf({ name, state, evidence, mend }: Check): string[] {
  const line = `${state.toUpperCase().padEnd(14)}  ${name}: ${evidence}`;
  return mend === undefined || state === 'ok' ? [line] : [line, `${' '.repeat(16)}To change: ${mend}`];
}
