import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { eventBridgeBus } from '../../modules/notices/adapters/eventbridge-bus.ts';
import { outboundWebhook, ticketChannel } from '../../modules/notices/adapters/outbound.ts';
import { type Channel, type Channels, channelIdOf, type Target } from '../../modules/notices/message.ts';
import { WebhookSecret } from '../../modules/notices/settings.ts';
import { VENDORS } from '../../modules/ticket-systems/vendors.ts';
import { settings } from './documents.ts';
import { clock, environment, once } from './environment.ts';
import { readChecked } from './secrets.ts';
import type { Settings } from './settings.ts';
import { unsubscribed } from './tables.ts';
import { rulesOf, ticketAccess } from './ticket-access.ts';

const eventBridge = /* @__PURE__ */ once(() => new EventBridgeClient());

export async function channels(): Promise<Channels> {
  const given = await settings();
  const webhooks = await webhooksOf(given);
  const bus = environment().EVENT_BUS === '' ? undefined : eventBridgeBus(eventBridge(), environment().EVENT_BUS);
  const all: readonly Target[] = [...webhooks.keys()].map((id) => ({ kind: 'webhook', id }));
  return {
    everywhere: bus ? [...all, { kind: 'bus' }] : all,
    of(target): Channel | undefined {
      if (target.kind === 'bus') return bus;
      if (target.kind === 'webhook') return webhooks.get(target.id)?.channel;
      const connection = given.connections[target.connectionId];
      if (!connection) return undefined;
      const access = ticketAccess(channelIdOf(target), connection, given.allowLoopback);
      const comments = VENDORS[connection.kind].comments(connection);
      return ticketChannel({ ...access, comments, consoleUrl: given.consoleUrl }, target.key);
    },
    async unsubscribe(target) {
      const webhook = target.kind === 'webhook' ? webhooks.get(target.id) : undefined;
      if (target.kind !== 'webhook' || !webhook) return;
      webhooks.delete(target.id); // its other messages of this run are given up
      await unsubscribed().add(target.id, webhook.url, clock.now());
    },
  };
}

/** By id, without those that have unsubscribed. */
async function webhooksOf({ outbound, allowLoopback }: Settings) {
  const isUnsubscribed = await Promise.all(outbound.webhooks.map(({ id, url }) => unsubscribed().has(id, url)));
  const wanted = outbound.webhooks.filter((_, index) => !isUnsubscribed[index]);
  return new Map(
    wanted.map(({ id, url, trust, secretId }) => {
      const secrets = async () => (await readChecked(WebhookSecret, 'secret of a webhook', secretId)).secrets;
      const rules = rulesOf(`webhook:${id}`, trust, allowLoopback);
      return [id, { url, channel: outboundWebhook({ url, secrets, rules }) }];
    }),
  );
}
