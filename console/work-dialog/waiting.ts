import type { RequestView } from '../../client/types.ts';
import { element, timeText } from '../dom.ts';
import { isWaiting, requestLink, STATES } from '../request-page/request-facts.ts';

/**
 * What a dialog says of a Request that has brought nothing, or not yet.
 * @param planHash of the preview that an anonymization was started with: who approves needs it
 * @param leave ends the dialog, since its link leads to the page of the Request
 */
export function waitingNodes(view: RequestView, planHash: string | undefined, leave: () => void): Node[] {
  const { requestId, state, waitsUntil, failure } = view;
  if (state === 'FAILED') return [element('p', `The request failed (${failure ?? 'nothing could be had'}).`)];
  if (!isWaiting(state)) return [element('p', `${STATES[state].text}.`)];
  const until = waitsUntil ? `, until ${timeText(waitsUntil)}` : '';
  const where = element('p', `The request ${STATES[state].text.replace('W', 'w')}${until}. Its page: `);
  const link = requestLink(requestId);
  link.addEventListener('click', leave);
  where.append(link);
  if (planHash === undefined || state !== 'AWAITING_APPROVAL') return [where];
  const plan = element('p', 'Who approves needs this plan hash, which is shown only now: ');
  plan.append(element('code', planHash));
  return [where, plan];
}
