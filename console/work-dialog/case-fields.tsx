import { DatePicker, ExpandableSection, FormField, SpaceBetween } from '@cloudscape-design/components';
import { useApp } from '../app/hooks.ts';
import { TextField } from '../app/parts.tsx';

/** What makes a request a case (R31), as it was typed; recipients are opaque ids of callers, with commas between them. */
export const NO_CASE = { reference: '', receivedOn: '', recipients: '', note: '' };
type CaseFacts = Readonly<typeof NO_CASE>;

/** The same as the API takes it; what was left empty is not sent. */
export function caseBody({ reference, receivedOn, recipients, note }: CaseFacts) {
  const ids = recipients.split(/[\s,]+/).filter(Boolean);
  return {
    ...(reference && { reference }),
    ...(receivedOn && { receivedAt: receivedOn }),
    ...(ids.length > 0 && { recipients: ids }),
    ...(note && { note }),
  };
}

type Props = { readonly facts: CaseFacts; readonly onChange: (facts: CaseFacts) => void };

/** Reference, day on which the person asked, and who may have the answer. */
export function CaseFields({ facts, onChange }: Props) {
  const { texts } = useApp();
  const set = (part: Partial<CaseFacts>) => onChange({ ...facts, ...part });
  const line = (name: 'reference' | 'recipients' | 'note') => (
    <TextField
      label={texts.say(`case.${name}`)}
      constraintText={texts.say(`case.${name}Hint`)}
      value={facts[name]}
      onChange={(text) => set({ [name]: text })}
    />
  );
  return (
    <ExpandableSection headerText={texts.say('case.title')} headerDescription={texts.say('case.hint')}>
      <SpaceBetween size="m">
        {line('reference')}
        <FormField label={texts.say('case.receivedOn')} constraintText={texts.say('case.receivedOnHint')}>
          <DatePicker
            value={facts.receivedOn}
            isDateEnabled={(day) => day <= new Date()}
            openCalendarAriaLabel={() => texts.say('case.calendar')}
            onChange={({ detail }) => set({ receivedOn: detail.value })}
          />
        </FormField>
        {line('recipients')}
        {line('note')}
      </SpaceBetween>
    </ExpandableSection>
  );
}
