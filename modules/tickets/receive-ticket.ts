import { InvalidInputError } from '../common/errors.ts';
import type { Clock, Log } from '../common/ports.ts';
import { SignatureRefusedError } from '../ticket-systems/errors.ts';
import type { SignedCall, TicketWebhooks } from '../ticket-systems/signature.ts';
import type { Deliveries } from './deliveries.ts';

export interface ReceiveTicketPorts {
  readonly deliveries: Deliveries;
  /** Webhooks of a connection; nothing when it accepts none. */
  readonly webhooksOf: (connectionId: string) => TicketWebhooks | undefined;
  /** Checked instead of an unknown connection, so that both are refused alike. */
  readonly decoy: TicketWebhooks;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Accepts a webhook (R20). @returns false when it was accepted before @throws {InvalidInputError} it names no ticket
 * @throws {SignatureRefusedError} unknown connection, wrong or missing signature, too old: one answer to all
 */
export async function receiveTicket(
  connectionId: string,
  call: SignedCall,
  { deliveries, webhooksOf, decoy, clock, log }: ReceiveTicketPorts,
): Promise<boolean> {
  const known = webhooksOf(connectionId);
  const isGenuine = await (known ?? decoy).isGenuine(call, clock.now());
  if (!known || !isGenuine) throw new SignatureRefusedError();
  const named = known.read(call);
  if (!named) throw new InvalidInputError([{ pointer: '', detail: 'names no ticket; see docs/tickets.md' }]);
  const isNew = await deliveries.accept({ connectionId, ...named, receivedAt: clock.now().toISOString() });
  log.info(isNew ? 'ticket received' : 'ticket received again', { sourceId: `ticket:${connectionId}` });
  return isNew;
}
