import { type DeadlineChange, ExtensionReason, PauseReason } from '../../modules/requests/deadline-facts.ts';
import { COMMON, choiceOf, type Given, parseArguments } from '../arguments.ts';
import { withConnection } from '../connection.ts';
import { UsageError } from '../errors.ts';
import { print, printJson } from '../output.ts';

const OPTIONS = { ...COMMON, reason: { type: 'string' }, months: { type: 'string' } } as const;

/** `gdpr deadline pause|resume|extend ID`: lets the legal term of a request rest, go on, or last longer. */
export async function deadline(args: readonly string[], signal: AbortSignal): Promise<number> {
  const { given, values } = parseArguments(args, OPTIONS, ['pause, resume or extend', 'ID']);
  const change = changeOf(values[0]!, given);
  return withConnection(given, signal, async ({ api }) => {
    const view = await api.act(values[1]!, 'changeDeadline', change, signal);
    if (given.json) printJson(view);
    else print(`${view.requestId}  due ${view.dueAt}`);
    return 0;
  });
}

function changeOf(action: string, given: Given): DeadlineChange {
  const needed = <T extends string>(reasons: readonly T[]): T => {
    const reason = choiceOf(given, 'reason', reasons);
    if (!reason) throw new UsageError(`--reason is missing: one of ${reasons.join(', ')}`);
    return reason;
  };
  const months = choiceOf(given, 'months', ['1', '2'] as const);
  if (months && action !== 'extend') throw new UsageError('--months goes with extend alone');
  if (action === 'pause') return { action, reason: needed(PauseReason.options) };
  if (action === 'resume') return { action };
  if (action !== 'extend') throw new UsageError('The first argument is pause, resume or extend');
  const reason = needed(ExtensionReason.options);
  return { action, reason, ...(months && { months: months === '1' ? (1 as const) : (2 as const) }) };
}
