import { SettingsError } from '../../modules/common/errors.ts';
import { type SignatureScheme, type TicketWebhooks, webhookSecrets } from '../../modules/ticket-systems/signature.ts';
import { VENDORS } from '../../modules/ticket-systems/vendors.ts';
import { signatureOf, ticketWebhooks } from '../../modules/ticket-systems/webhooks.ts';
import type { Connection } from '../../modules/tickets/settings.ts';
import { log } from './environment.ts';
import { readChecked } from './secrets.ts';
import type { Settings } from './settings.ts';

const [anyVendor] = Object.values(VENDORS);
/** Only this process knows its secret, so it refuses every call. */
const DECOY: TicketWebhooks = ticketWebhooks(anyVendor!, anyVendor!.signature, async () => [crypto.randomUUID()]);

/** How webhooks are checked, by connection. An unknown connection is checked like one of them, which takes as long. */
export function inboundWebhooks({ connections }: Pick<Settings, 'connections'>) {
  const accepted = new Map(
    Object.entries(connections).flatMap(([id, connection]) => {
      const webhooks = webhooksOf(id, connection);
      return webhooks ? [[id, webhooks] as const] : [];
    }),
  );
  const [first = DECOY] = accepted.values();
  return { webhooksOf: (connectionId: string) => accepted.get(connectionId), decoy: first };
}

function webhooksOf(connectionId: string, { kind, intake }: Connection): TicketWebhooks | undefined {
  if (!intake) return undefined;
  const scheme = signatureOf(VENDORS[kind], intake.signedBy);
  return ticketWebhooks(VENDORS[kind], scheme, () => secretsOf(connectionId, intake.secretId, scheme));
}

/** With a malformed secret every call is refused; the caller does not learn why. */
async function secretsOf(connectionId: string, secretId: string, scheme: SignatureScheme): Promise<readonly string[]> {
  try {
    return (await readChecked(webhookSecrets(scheme), 'secret of webhooks', secretId)).secrets;
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    log.warn('secret of webhooks not right', { sourceId: `ticket:${connectionId}`, error: error.name });
    return [];
  }
}
