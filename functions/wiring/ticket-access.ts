import { SettingsError } from '../../modules/common/errors.ts';
import { basicAuthorization, type ConnectionRules } from '../../modules/net/https-agent.ts';
import type { Trust } from '../../modules/net/trust.ts';
import {
  signatureOf,
  type TicketWebhooks,
  ticketWebhooks,
  webhookSecrets,
} from '../../modules/ticket-systems/signature.ts';
import { type TicketApiAccess, ticketApi } from '../../modules/ticket-systems/ticket-api.ts';
import { VENDORS } from '../../modules/ticket-systems/vendors.ts';
import type { TicketConnection } from '../../modules/tickets/process-tickets.ts';
import { type Connection, TicketApiSecret } from '../../modules/tickets/settings.ts';
import { clock, log } from './environment.ts';
import { readChecked } from './secrets.ts';
import type { Settings } from './settings.ts';

/** Connection rules of an external system. @param sourceId its name in the log */
export const rulesOf = (sourceId: string, trust: Trust, allowLoopback: boolean): ConnectionRules => ({
  trust,
  allowLoopback,
  now: clock.now,
  onUnchecked: () => log.warn('certificate not checked', { sourceId }),
});

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

/** The ticketing systems that Requests may come from, as the settings are now. */
export const ticketConnections =
  ({ connections, allowLoopback }: Pick<Settings, 'connections' | 'allowLoopback'>) =>
  (connectionId: string): TicketConnection | undefined => {
    const connection = Object.hasOwn(connections, connectionId) ? connections[connectionId] : undefined;
    if (!connection?.intake) return undefined;
    const getJson = ticketApi(ticketAccess(`ticket:${connectionId}`, connection, allowLoopback));
    const readTicket = VENDORS[connection.kind].reader(getJson, connection, connection.intake);
    return { ...connection.intake, readTicket };
  };

const [anyVendor] = Object.values(VENDORS);
/** Only this process knows its secret, so it refuses every call. */
const DECOY: TicketWebhooks = ticketWebhooks(anyVendor!, anyVendor!.signature, async () => [crypto.randomUUID()]);

/** How webhooks are checked, by connection. An unknown connection is checked like one of them, which takes as long. */
export function inboundWebhooks({ connections }: Pick<Settings, 'connections'>) {
  const accepted = new Map<string, TicketWebhooks>();
  for (const [id, connection] of Object.entries(connections)) {
    const { kind, intake } = connection;
    if (!intake) continue;
    const scheme = signatureOf(VENDORS[kind], intake.signedBy);
    const secrets = () => secretsOf(id, connection);
    accepted.set(id, ticketWebhooks(VENDORS[kind], scheme, secrets));
  }
  const [decoy = DECOY] = accepted.values();
  return { webhooksOf: (connectionId: string) => accepted.get(connectionId), decoy };
}

/** The secrets by which the webhooks of a connection are checked. */
export const readWebhookSecrets = async ({ kind, intake }: Connection): Promise<readonly string[]> => {
  if (!intake) return [];
  const schema = webhookSecrets(signatureOf(VENDORS[kind], intake.signedBy));
  return (await readChecked(schema, 'secret of webhooks', intake.secretId)).secrets;
};

/** With a malformed secret every call is refused; the caller does not learn why. */
async function secretsOf(connectionId: string, connection: Connection): Promise<readonly string[]> {
  try {
    return await readWebhookSecrets(connection);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    log.warn('secret of webhooks not right', { sourceId: `ticket:${connectionId}`, error: error.name });
    return [];
  }
}
