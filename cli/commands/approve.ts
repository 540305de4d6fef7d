import { COMMON, parseArguments, textOf } from '../arguments.ts';
import { withConnection } from '../connection.ts';
import { printRequest } from '../output.ts';

const OPTIONS = { ...COMMON, 'plan-hash': { type: 'string' } } as const;

/** `gdpr approve ID`: approves what another person has started; an anonymization by the plan hash of its preview (docs/decisions/0024). */
export async function approve(args: readonly string[], signal: AbortSignal): Promise<number> {
  const { given, values } = parseArguments(args, OPTIONS, ['ID']);
  const planHash = textOf(given, 'plan-hash');
  return withConnection(given, signal, async ({ api }) => {
    const view = await api.act(values[0]!, 'approveRequest', planHash === undefined ? {} : { planHash }, signal);
    printRequest(view, given.json === true);
    return 0;
  });
}
