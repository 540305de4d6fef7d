import { Option } from 'commander';
import type { Deadline } from '../../client/types.ts';
import type { Connection, ConnectionOptions } from '../connection.ts';
import { print, printJson } from '../output.ts';
import { Verb } from '../verb.ts';

type Reason<Action> = Extract<Deadline, { action: Action; reason: string }>['reason'];
interface Options extends ConnectionOptions {
  readonly connection: Connection;
}

const PAUSE_REASONS: readonly Reason<'pause'>[] = ['identity', 'scope'];
const EXTENSION_REASONS: readonly Reason<'extend'>[] = ['complexity', 'number-of-requests'];

/** `gdpr deadline pause|resume|extend ID`: the legal deadline of a request. */
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
  else print(`${view.requestId}  due ${view.dueAt}`);
  return 0;
}
