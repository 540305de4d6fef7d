import * as z from 'zod';
import { daysAfter } from '../common/day-window.ts';
import { Instant, type ReadonlyDeep } from '../common/shapes.ts';
import { AccountScope } from './source.ts';

/** What one Engine shows of a device that is to be removed. Nothing in it names the device. */
export const RemovalPlace = z.strictObject({
  name: z.string().describe("The Engine's name"),
  state: z.enum(['HELD', 'ABSENT', 'UNKNOWN']).describe('`UNKNOWN`: it could not be asked, so it may hold the device'),
  reason: z.string().exactOptional().describe('Error of an `UNKNOWN` one; `NO_DEVICE`: it shows no device at all'),
  open: z
    .array(z.enum(['uninstall-collector', 'set-storage-to-remove', 'wait-24-hours']))
    .describe(
      'Steps by hand that the Engine does not show as done, in their order: uninstall the Collector; in the Finder edit the device: ' +
        'Storage = remove; wait until it has not been active for 24 hours',
    ),
  heldAt: Instant.exactOptional().describe('The last check that found the device there'),
});
export type RemovalPlace = ReadonlyDeep<z.infer<typeof RemovalPlace>>;

/** The removal of a device as last checked: the checklist of its case (R28). */
export const Removal = z.strictObject({
  checkedAt: Instant,
  nextCheckAt: Instant.exactOptional().describe(
    'While it is open; absent when there is no service account, so that nothing checks by itself',
  ),
  accountScope: AccountScope.exactOptional().describe('Only `attested` says that what was not seen is gone'),
  engines: z.array(RemovalPlace),
});
export type Removal = ReadonlyDeep<z.infer<typeof Removal>>;

/** Whether the device is gone: every Engine was asked, and none shows it to an account that sees every device. */
export const isGone = ({ engines, accountScope }: Pick<Removal, 'engines' | 'accountScope'>): boolean =>
  accountScope === 'attested' && engines.every(({ state }) => state === 'ABSENT');

/**
 * A removal after another check. An Engine that was not among those asked is `UNKNOWN`, unless the last check found no device there;
 * so is one that has held it and now shows no device at all.
 * @param everyHours hours to the next check; nothing when none comes by itself
 */
export function removalAfter(
  before: readonly RemovalPlace[],
  places: readonly RemovalPlace[],
  now: Date,
  everyHours: number | undefined,
  accountScope: AccountScope,
): Removal {
  const checkedAt = now.toISOString();
  const known = new Map(before.map((place) => [place.name, place]));
  const asked = new Set(places.map(({ name }) => name));
  const lost = before.filter(({ name, state, heldAt }) => (heldAt || state !== 'ABSENT') && !asked.has(name));
  const unlisted = { state: 'UNKNOWN', reason: 'EngineNotConnectedError', open: [] } as const;
  const engines = [
    ...places.map((place) => {
      const heldAt = place.state === 'HELD' ? checkedAt : known.get(place.name)?.heldAt;
      const state = heldAt !== undefined && place.reason === 'NO_DEVICE' ? 'UNKNOWN' : place.state;
      return { ...place, state, ...(heldAt !== undefined && { heldAt }) };
    }),
    ...lost.map((place) => ({ ...place, ...(place.state !== 'ABSENT' && unlisted) })),
  ];
  const removal = { checkedAt, accountScope, engines };
  if (everyHours === undefined || isGone(removal)) return removal;
  return { ...removal, nextCheckAt: daysAfter(now, everyHours / 24).toISOString() };
}
