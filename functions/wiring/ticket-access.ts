import { basicAuthorization, type ConnectionRules } from '../../modules/net/https-agent.ts';
import type { Trust } from '../../modules/net/trust.ts';
import type { TicketApiAccess } from '../../modules/ticket-systems/ticket-api.ts';
import { type Connection, TicketApiSecret } from '../../modules/tickets/settings.ts';
import { clock, log } from './environment.ts';
import { readChecked } from './secrets.ts';

/** Connection rules of an external system. @param sourceId its name in the log */
export const rulesOf = (sourceId: string, trust: Trust, allowLoopback: boolean): ConnectionRules => ({
  trust,
  allowLoopback,
  now: clock.now,
  onUnchecked: () => log.warn('certificate not checked', { sourceId }),
});

/** Access to the API of a ticketing system. */
export const ticketAccess = (
  sourceId: string,
  { api: { url, trust, secretId } }: Pick<Connection, 'api'>,
  allowLoopback: boolean,
): TicketApiAccess => ({
  url,
  rules: rulesOf(sourceId, trust, allowLoopback),
  async authorization() {
    const { username, password } = await readChecked(TicketApiSecret, 'secret of a ticketing system', secretId);
    return basicAuthorization(username, password);
  },
});
