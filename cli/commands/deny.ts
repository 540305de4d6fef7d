import { DenialReason } from '../../modules/requests/deadline-facts.ts';
import { COMMON, choiceOf, parseArguments } from '../arguments.ts';
import { withConnection } from '../connection.ts';
import { UsageError } from '../errors.ts';
import { printRequest } from '../output.ts';

const OPTIONS = { ...COMMON, reason: { type: 'string' } } as const;

/** `gdpr deny ID --reason CODE`: turns a request down as long as nothing has run. */
export async function deny(args: readonly string[], signal: AbortSignal): Promise<number> {
  const { given, values } = parseArguments(args, OPTIONS, ['ID']);
  const reasonCode = choiceOf(given, 'reason', DenialReason.options);
  if (!reasonCode) throw new UsageError(`--reason is missing: one of ${DenialReason.options.join(', ')}`);
  return withConnection(given, signal, async ({ api }) => {
    printRequest(await api.act(values[0]!, 'denyRequest', { reasonCode }, signal), given.json === true);
    return 0;
  });
}
