import { Option } from 'commander';
import type { Deadline, Deny, Handover } from '../../client/types.ts';
import type { Connection, ConnectionOptions } from '../connection.ts';
import { dueWords, print, printJson, printRequest } from '../output.ts';
import { Verb } from '../verb.ts';

export const cancel = new Verb(
  'cancel',
  'Cancel a request. Nothing is left behind. `gdpr status ID` shows the outcome.',
)
  .argument('<ID>', 'the request')
  .example('gdpr cancel ID')
  .calls<ConnectionOptions, [string]>(async ({ connection: { api, signal }, json }, requestId) =>
    printRequest(await api.call('cancelRequest', { path: { requestId } }, signal), json),
  );

const REASONS: readonly Deny['reasonCode'][] = [
  'identity-not-verified',
  'not-entitled',
  'duplicate',
  'manifestly-unfounded',
  'withdrawn',
  'other',
];

export const deny = new Verb('deny', 'Deny a request that waits for an approval or a login.')
  .argument('<ID>', 'the request')
  .needs(new Option('--reason <CODE>', 'why').choices(REASONS))
  .example('gdpr deny ID --reason not-entitled')
  .calls<ConnectionOptions & { reason: Deny['reasonCode'] }, [string]>(
    async ({ connection: { api, signal }, reason: reasonCode, json }, requestId) =>
      printRequest(await api.call('denyRequest', { path: { requestId }, body: { reasonCode } }, signal), json),
  );

type Reason<Action> = Extract<Deadline, { action: Action; reason: string }>['reason'];
interface Options extends ConnectionOptions {
  readonly connection: Connection;
}

const PAUSE_REASONS: readonly Reason<'pause'>[] = ['identity', 'scope'];
const EXTENSION_REASONS: readonly Reason<'extend'>[] = ['complexity', 'number-of-requests'];

export const deadline = new Verb('deadline', 'Pause, resume or extend the legal deadline of a request.')
  .addCommand(
    new Verb('pause', 'Pause the deadline while you wait for an answer of the person.')
      .argument('<ID>', 'the request')
      .needs(
        new Option('--reason <CODE>', 'whether you asked who the person is, or what they mean').choices(PAUSE_REASONS),
      )
      .example('gdpr deadline pause ID --reason identity')
      .calls<Options & { reason: Reason<'pause'> }, [string]>(({ reason, ...options }, id) =>
        change(options, id, { action: 'pause', reason }),
      ),
  )
  .addCommand(
    new Verb('resume', 'Resume the deadline: the person has answered.')
      .argument('<ID>', 'the request')
      .example('gdpr deadline resume ID')
      .calls<Options, [string]>((options, id) => change(options, id, { action: 'resume' })),
  )
  .addCommand(
    new Verb('extend', 'Extend the deadline. This works once for each request.')
      .argument('<ID>', 'the request')
      .needs(new Option('--reason <CODE>', 'why').choices(EXTENSION_REASONS))
      .addOption(new Option('--months <N>', 'by how much; default: 2').choices(['1', '2']))
      .example('gdpr deadline extend ID --reason complexity')
      .calls<Options & { reason: Reason<'extend'>; months?: '1' | '2' }, [string]>(
        ({ reason, months, ...options }, id) =>
          change(options, id, { action: 'extend', reason, ...(months && { months: months === '1' ? 1 : 2 }) }),
      ),
  );

async function change({ connection, json }: Options, requestId: string, body: Deadline): Promise<number> {
  const view = await connection.api.call('changeDeadline', { path: { requestId }, body }, connection.signal);
  if (json) printJson(view);
  else print(`${view.requestId}  due ${dueWords(view)}`);
  return 0;
}

export const approve = new Verb('approve', 'Approve a request that another person started.')
  .argument('<ID>', 'the request')
  .option('--plan-hash <HASH>', 'hash of the preview with which an anonymization was started')
  .example('gdpr approve ID --plan-hash HASH')
  .calls<ConnectionOptions & { planHash?: string }, [string]>(async ({ connection, planHash, json }, requestId) => {
    const input = { path: { requestId }, body: planHash === undefined ? {} : { planHash } };
    return printRequest(await connection.api.call('approveRequest', input, connection.signal), json);
  });

const WHOM: readonly Handover['to'][] = ['person', 'representative', 'other'];

export const handover = new Verb('handover', 'Record that the answer was handed over. It ends the reminders.')
  .argument('<ID>', 'the request')
  .needs(new Option('--to <WHOM>', 'who has the answer').choices(WHOM))
  .option('--at <TIME>', 'when, such as 2026-06-11T10:00:00Z; default: now')
  .example('gdpr handover ID --to person')
  .calls<ConnectionOptions & Handover, [string]>(async ({ connection: { api, signal }, to, at, json }, requestId) => {
    const body = { to, ...(at !== undefined && { at }) };
    return printRequest(await api.call('recordHandover', { path: { requestId }, body }, signal), json);
  });

export const login = new Verb('login', 'Give a request the Nexthink account that it waits for. It then starts.')
  .argument('<ID>', 'the request')
  .withLogin()
  .example('gdpr login ID --login gdpr-operator')
  .calls<ConnectionOptions, [string]>(async ({ connection, json }, requestId) => {
    const input = { path: { requestId }, body: { login: await connection.login() } };
    return printRequest(await connection.api.call('loginRequest', input), json);
  });
