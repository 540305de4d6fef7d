import { Option } from 'commander';
import { DENIAL_REASONS, EXTENSION_REASONS, PAUSE_REASONS } from '../../client/reasons.ts';
import type { Handover, RequestView } from '../../client/types.ts';
import type { Connection, ConnectionOptions } from '../connection.ts';
import { dueWords, show } from '../output.ts';
import { Verb } from '../verb.ts';

type Path = { readonly requestId: string };
const stateLine = ({ requestId, state }: RequestView): string => `${requestId}  ${state}`;
const dueLine = (view: RequestView): string => `${view.requestId}  due ${dueWords(view)}`;

const changing = <Options extends object = object>(
  verb: Verb,
  change: (connection: Connection, path: Path, options: Options) => Promise<RequestView>,
  lineOf: (view: RequestView) => string = stateLine,
): Verb =>
  verb
    .argument('<ID>', 'the request')
    .calls<ConnectionOptions & Options, [string]>(async ({ connection, json, ...options }, requestId) => {
      const view = await change(connection, { requestId }, options as unknown as Options);
      show(json, view, [lineOf(view)]);
      return 0;
    });

export const cancel = changing(
  new Verb('cancel', 'Cancel a request. Nothing is left behind. `gdpr status ID` shows the outcome.').example(
    'gdpr cancel ID',
  ),
  ({ ask }, path) => ask('cancelRequest', { path }),
);

export const deny = changing<{ reason: (typeof DENIAL_REASONS)[number] }>(
  new Verb('deny', 'Deny a request that waits for a person.')
    .needs(new Option('--reason <CODE>', 'why').choices(DENIAL_REASONS))
    .example('gdpr deny ID --reason not-entitled'),
  ({ ask }, path, { reason: reasonCode }) => ask('denyRequest', { path, body: { reasonCode } }),
);

const pause = changing<{ reason: (typeof PAUSE_REASONS)[number] }>(
  new Verb('pause', 'Pause the deadline while you wait for an answer of the person.')
    .needs(
      new Option('--reason <CODE>', 'whether you asked who the person is, or what they mean').choices(PAUSE_REASONS),
    )
    .example('gdpr deadline pause ID --reason identity'),
  ({ ask }, path, { reason }) => ask('changeDeadline', { path, body: { action: 'pause', reason } }),
  dueLine,
);

const resume = changing(
  new Verb('resume', 'Resume the deadline: the person has answered.').example('gdpr deadline resume ID'),
  ({ ask }, path) => ask('changeDeadline', { path, body: { action: 'resume' } }),
  dueLine,
);

const extend = changing<{ reason: (typeof EXTENSION_REASONS)[number]; months?: '1' | '2' }>(
  new Verb('extend', 'Extend the deadline. This works once for each request.')
    .needs(new Option('--reason <CODE>', 'why').choices(EXTENSION_REASONS))
    .addOption(new Option('--months <N>', 'by how much; default: 2').choices(['1', '2']))
    .example('gdpr deadline extend ID --reason complexity'),
  ({ ask }, path, { reason, months }) =>
    ask('changeDeadline', { path, body: { action: 'extend', reason, months: months && (months === '1' ? 1 : 2) } }),
  dueLine,
);

export const deadline = new Verb('deadline', 'Pause, resume or extend the legal deadline of a request.')
  .addCommand(pause)
  .addCommand(resume)
  .addCommand(extend);

export const approve = changing<{ planHash?: string }>(
  new Verb('approve', 'Approve a request that another person started.')
    .option('--plan-hash <HASH>', 'hash of the preview with which an anonymization was started')
    .example('gdpr approve ID --plan-hash HASH'),
  ({ ask }, path, { planHash }) => ask('approveRequest', { path, body: { planHash } }),
);

const WHOM: readonly Handover['to'][] = ['person', 'representative', 'other'];

export const handover = changing<Handover>(
  new Verb('handover', 'Record that the answer was handed over. It ends the reminders.')
    .needs(new Option('--to <WHOM>', 'who has the answer').choices(WHOM))
    .option('--at <TIME>', 'when, such as 2026-06-11T10:00:00Z; default: now')
    .example('gdpr handover ID --to person'),
  ({ ask }, path, { to, at }) => ask('recordHandover', { path, body: { to, at } }),
);

export const login = changing(
  new Verb('login', 'Give a request the Nexthink account that it waits for. It then starts.')
    .withLogin()
    .example('gdpr login ID --login gdpr-operator'),
  async ({ api, login }, path) => api.call('loginRequest', { path, body: { login: await login() } }),
);
