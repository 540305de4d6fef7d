import { eventBridgeBus } from '../../modules/notices/adapters/eventbridge-bus.ts';
import { outboundWebhook } from '../../modules/notices/adapters/outbound-webhook.ts';
import { ticketOutlet } from '../../modules/notices/adapters/ticket-comments.ts';
import { type Outlet, type Outlets, outletIdOf, type Target } from '../../modules/notices/message.ts';
import { WebhookSecret } from '../../modules/notices/settings.ts';
import { VENDORS } from '../../modules/ticket-systems/vendors.ts';
import type { Connection } from '../../modules/tickets/settings.ts';
import { clock, environment, eventBridge, putOff, readChecked, settings } from './dependencies.ts';
import type { Settings } from './settings.ts';
import { rulesOf, ticketAccess } from './ticket-access.ts';

/** The ways out, as the settings are now. */
export async function outlets(): Promise<Outlets> {
  const given = await settings();
  const webhooks = await webhooksOf(given);
  const bus = environment().EVENT_BUS === '' ? undefined : eventBridgeBus(eventBridge(), environment().EVENT_BUS);
  const all: readonly Target[] = [...webhooks.keys()].map((id) => ({ kind: 'webhook', id }));
  return {
    everywhere: bus ? [...all, { kind: 'bus' }] : all,
    of(target): Outlet | undefined {
      if (target.kind === 'bus') return bus;
      if (target.kind === 'webhook') return webhooks.get(target.id)?.outlet;
      const connection = given.connections[target.connectionId];
      return connection && outletOf(connection, target, given);
    },
    async putOff(target) {
      const webhook = target.kind === 'webhook' ? webhooks.get(target.id) : undefined;
      if (target.kind !== 'webhook' || !webhook) return;
      webhooks.delete(target.id); // what else was to go there in this run is given up
      await putOff().add(target.id, webhook.url, clock.now());
    },
  };
}

/** By id, without those that were put off. */
async function webhooksOf({ outbound, allowLoopback }: Settings) {
  const isPutOff = await Promise.all(outbound.webhooks.map(({ id, url }) => putOff().has(id, url)));
  const wanted = outbound.webhooks.filter((_, index) => !isPutOff[index]);
  return new Map(
    wanted.map(({ id, url, trust, secretId }) => {
      const secrets = async () => (await readChecked(WebhookSecret, 'secret of a webhook', secretId)).secrets;
      return [
        id,
        { url, outlet: outboundWebhook({ url, secrets, rules: rulesOf(`webhook:${id}`, trust, allowLoopback) }) },
      ];
    }),
  );
}

function outletOf(
  connection: Connection,
  target: Extract<Target, { kind: 'ticket' }>,
  { allowLoopback, consoleUrl }: Pick<Settings, 'allowLoopback' | 'consoleUrl'>,
): Outlet {
  const access = ticketAccess(outletIdOf(target), connection, allowLoopback);
  return ticketOutlet({ ...access, comments: VENDORS[connection.kind].comments(connection), consoleUrl }, target.key);
}
