import { SettingsError } from '../../modules/common/errors.ts';
import type { TicketWebhooks } from '../../modules/ticket-systems/signed-call.ts';
import { ticketWebhooks } from '../../modules/ticket-systems/webhooks.ts';
import { type Connection, TicketWebhookSecret } from '../../modules/tickets/settings.ts';
import { log, readChecked } from './dependencies.ts';
import type { Settings } from './settings.ts';

/** Known to nobody but this process; what is signed with it is refused all the same. */
const DECOY: TicketWebhooks = ticketWebhooks('jira', 'jira', async () => [crypto.randomUUID()]);

/** How webhooks are checked, by connection; and by one of them for those that are not there, which takes as long. */
export function inboundWebhooks({ connections }: Pick<Settings, 'connections'>) {
  const taken = new Map(
    Object.entries(connections).flatMap(([id, connection]) => {
      const webhooks = webhooksOf(id, connection);
      return webhooks ? [[id, webhooks] as const] : [];
    }),
  );
  const [first = DECOY] = taken.values();
  return { webhooksOf: (connectionId: string) => taken.get(connectionId), decoy: first };
}

function webhooksOf(connectionId: string, { kind, intake }: Connection): TicketWebhooks | undefined {
  if (!intake) return undefined;
  const scheme = kind === 'servicenow' || intake.signedBy === 'standard' ? 'standard' : kind;
  const schema = TicketWebhookSecret[scheme === 'standard' ? 'standard' : 'vendor'];
  return ticketWebhooks(kind, scheme, () => secretsOf(connectionId, intake.secretId, schema));
}

/** A secret that is not one lets nobody in, and says nothing to who tries. */
async function secretsOf(
  connectionId: string,
  secretId: string,
  schema: (typeof TicketWebhookSecret)[keyof typeof TicketWebhookSecret],
): Promise<readonly string[]> {
  try {
    return (await readChecked(schema, 'secret of webhooks', secretId)).secrets;
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    log.warn('secret of webhooks not right', { sourceId: `ticket:${connectionId}`, error: error.name });
    return [];
  }
}
