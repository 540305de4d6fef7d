import { Alert, Checkbox, SpaceBetween } from '@cloudscape-design/components';
import type { Subject } from '../../client/shapes.ts';
import type { SubjectsView } from '../../client/types.ts';
import { useApp } from '../app/app-context.ts';
import { DataTable } from '../app/data-table.tsx';
import { StepHeading } from '../app/heading.tsx';

type Account = SubjectsView['accounts'][number];

/** Accounts that the name as it was typed means. */
export const meant = (view: SubjectsView): Account[] => view.accounts.filter((account) => account.meant);

type Props = { subject: Subject; view: SubjectsView; chosen: readonly string[]; onChange: (names: string[]) => void };

/** "Which of these people?": who the name may be, on which Engines, with which devices (R1). Nobody is chosen beforehand. */
export function PersonChoice({ subject, view, chosen, onChange }: Props) {
  const { texts } = useApp();
  const accounts = meant(view);
  const tick = (name: string, on: boolean) =>
    onChange(on ? [...chosen, name] : chosen.filter((other) => other !== name));
  const missing = view.missing.map(({ name }) => name).join(', ');
  return (
    <SpaceBetween size="m">
      <StepHeading>{texts.say(`people.title.${subject.kind}`)}</StepHeading>
      {missing && <Alert type="warning">{texts.say('people.missing', { missing })}</Alert>}
      {accounts.length === 0 ? (
        <Alert type="info">
          {texts.say('people.none', { name: subject.name, tried: view.tried.join(', ') })}
          {view.nearNames.length > 0 &&
            ` ${texts.say('people.near', { names: view.nearNames.join(', '), name: subject.name })}`}
        </Alert>
      ) : (
        <p>{texts.say('people.choose', { count: accounts.length, name: subject.name })}</p>
      )}
      {accounts.length > 0 && (
        <DataTable
          label={texts.say(`people.title.${subject.kind}`)}
          rows={accounts}
          columns={[
            [
              'people.account',
              ({ name }) => (
                <Checkbox checked={chosen.includes(name)} onChange={({ detail }) => tick(name, detail.checked)}>
                  {name}
                </Checkbox>
              ),
            ],
            ['people.domain', ({ domain }) => domain ?? '–'],
            ['people.person', ({ portal }) => [portal?.fullName, portal?.department].filter(Boolean).join(', ') || '–'],
            [
              'people.devices',
              ({ devices, deviceCount: count }) =>
                texts.say('people.deviceList', { count, devices: devices.join(', ') }),
            ],
            ['people.engines', ({ engines }) => engines.join(', ')],
            ['people.lastSeen', ({ lastSeen }) => (lastSeen ? texts.day(lastSeen) : '–')],
          ]}
        />
      )}
    </SpaceBetween>
  );
}
