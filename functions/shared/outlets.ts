import { eventBridgeBus } from '../../adapters/eventbridge-bus.ts';
import { outboundWebhook } from '../../adapters/outbound-webhook.ts';
import type { Outlet, Outlets, Target } from '../../core/outbox/letter.ts';
import { clock, environment, eventBridge, putOff, readChecked, settings } from './dependencies.ts';
import { WebhookSecret } from './outbound-settings.ts';

/** The ways out, as the settings are now. */
export async function outlets(): Promise<Outlets> {
  const { outbound, allowLoopback } = await settings();
  const isPutOff = await Promise.all(outbound.webhooks.map(({ id, url }) => putOff().has(id, url)));
  const webhooks = new Map(
    outbound.webhooks
      .filter((_, index) => !isPutOff[index])
      .map(({ id, url, secretId }) => {
        const secrets = async () => (await readChecked(WebhookSecret, 'secret of a webhook', secretId)).secrets;
        return [id, { url, outlet: outboundWebhook({ url, secrets, allowLoopback, clock }) }] as const;
      }),
  );
  const bus = environment().EVENT_BUS === '' ? undefined : eventBridgeBus(eventBridge(), environment().EVENT_BUS);
  const all: readonly Target[] = [...webhooks.keys()].map((id) => ({ kind: 'webhook', id }));
  return {
    everywhere: bus ? [...all, { kind: 'bus' }] : all,
    of(target): Outlet | undefined {
      if (target.kind === 'bus') return bus;
      return target.kind === 'webhook' ? webhooks.get(target.id)?.outlet : undefined;
    },
    async putOff(target) {
      const webhook = target.kind === 'webhook' ? webhooks.get(target.id) : undefined;
      if (target.kind !== 'webhook' || !webhook) return;
      webhooks.delete(target.id); // what else was to go there in this run is given up
      await putOff().add(target.id, webhook.url, clock.now());
    },
  };
}
