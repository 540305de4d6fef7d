import { SpaceBetween } from '@cloudscape-design/components';
import type { DeviceView, RequestView } from '../../client/types.ts';
import { useApp } from '../app/hooks.ts';
import { DataTable, LineList, Status } from '../app/parts.tsx';

type Removal = NonNullable<RequestView['removal']> | DeviceView;
const LOOKS = { HELD: 'pending', ABSENT: 'success', UNKNOWN: 'error' } as const;

/** Which Engines hold a device, and what is to be done there by hand (R28); with names where somebody has just looked. */
export function Checklist({
  removal: { checkedAt, nextCheckAt, engines, accountScope },
}: {
  readonly removal: Removal;
}) {
  const { texts } = useApp();
  const held = engines.filter(({ state }) => state === 'HELD').length;
  const found = (place: Removal['engines'][number]) => {
    if (!('devices' in place)) return place.heldAt && texts.instant(place.heldAt);
    const lines = place.devices.map(({ name, meant, lastSeen, storagePolicy: storage = '–', users = [] }) => {
      const values = { seen: lastSeen ? texts.day(lastSeen) : '–', storage, users: users.join(', ') || '–' };
      return texts.say(meant ? 'removal.device' : 'removal.perhaps', { name, ...values });
    });
    return <LineList lines={lines} />;
  };
  return (
    <SpaceBetween size="s">
      <p role="status">
        {texts.say('removal.checked', { time: texts.instant(checkedAt), held, count: engines.length })}{' '}
        {nextCheckAt && texts.say('removal.next', { time: texts.instant(nextCheckAt) })}{' '}
        {accountScope === 'unverified' && texts.say('removal.unverified')}
      </p>
      <DataTable
        label={texts.say('removal.engines')}
        rows={engines}
        columns={[
          ['engines.engine', ({ name }) => name],
          ['column.state', ({ state }) => <Status look={LOOKS[state]}>{texts.say(`removal.${state}`)}</Status>],
          ['removal.found', (place) => (place.reason ? texts.reason(place.reason) : found(place)), 240],
          ['removal.open', ({ open }) => <LineList lines={open.map((step) => texts.say(`removal.${step}`))} />, 240],
        ]}
      />
    </SpaceBetween>
  );
}
