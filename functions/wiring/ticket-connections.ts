import { ticketApi } from '../../modules/ticket-systems/ticket-api.ts';
import { VENDORS } from '../../modules/ticket-systems/vendors.ts';
import type { TicketConnection } from '../../modules/tickets/process-tickets.ts';
import type { Settings } from './settings.ts';
import { ticketAccess } from './ticket-access.ts';

/** The ticketing systems that Requests may come from, as the settings are now. */
export const ticketConnections =
  ({ connections, allowLoopback }: Pick<Settings, 'connections' | 'allowLoopback'>) =>
  (connectionId: string): TicketConnection | undefined => {
    const connection = Object.hasOwn(connections, connectionId) ? connections[connectionId] : undefined;
    if (!connection?.intake) return undefined;
    const getJson = ticketApi(ticketAccess(`ticket:${connectionId}`, connection, allowLoopback));
    const tickets = VENDORS[connection.kind].reader(getJson, connection, connection.intake);
    const { queues, approvers, mapping, login, anonymize, recipients } = connection.intake;
    return { tickets, queues, approvers, mapping, login, mayAnonymize: anonymize === 'allowed', recipients };
  };
