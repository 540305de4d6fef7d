import { freshserviceReader } from '../../modules/ticket-systems/freshservice/read-ticket.ts';
import { jiraReader } from '../../modules/ticket-systems/jira/read-ticket.ts';
import { servicenowReader } from '../../modules/ticket-systems/servicenow/read-ticket.ts';
import type { TicketReader } from '../../modules/ticket-systems/ticket.ts';
import { ticketApi } from '../../modules/ticket-systems/ticket-api.ts';
import { zendeskReader } from '../../modules/ticket-systems/zendesk/read-ticket.ts';
import type { TicketConnection } from '../../modules/tickets/process-tickets.ts';
import type { Connection } from '../../modules/tickets/settings.ts';
import type { Settings } from './settings.ts';
import { ticketAccess } from './ticket-access.ts';

/** The ticketing systems that Requests may come from, as the settings are now. */
export const ticketConnections =
  ({ connections, allowLoopback }: Pick<Settings, 'connections' | 'allowLoopback'>) =>
  (connectionId: string): TicketConnection | undefined => {
    const connection = Object.hasOwn(connections, connectionId) ? connections[connectionId] : undefined;
    const tickets = connection && readerOf(connectionId, connection, allowLoopback);
    if (!connection?.intake || !tickets) return undefined;
    const { queues, approvers, mapping, login, anonymize, recipients } = connection.intake;
    return { tickets, queues, approvers, mapping, login, mayAnonymize: anonymize === 'allowed', recipients };
  };

function readerOf(connectionId: string, connection: Connection, allowLoopback: boolean): TicketReader | undefined {
  const ask = ticketApi(ticketAccess(`ticket:${connectionId}`, connection, allowLoopback));
  switch (connection.kind) {
    case 'jira':
      return connection.intake && jiraReader(ask, connection.intake.approvedStatus);
    case 'zendesk':
      return connection.intake && zendeskReader(ask, connection.intake.approved);
    case 'freshservice':
      return freshserviceReader(ask);
    case 'servicenow':
      return servicenowReader(ask, connection.table);
  }
}
