import { DatePicker, ExpandableSection, FormField, Grid, SpaceBetween } from '@cloudscape-design/components';
import type { Subject } from '../../client/shapes.ts';
import { useApp } from '../app/hooks.ts';
import { TextField } from '../app/parts.tsx';

/** Both name fields as they were typed; a request is about one of them (R1). */
export type Names = { readonly user: string; readonly device: string };

export const NO_NAMES: Names = { user: '', device: '' };

/** Why names cannot be sent, by what the operator can see at once; the rest is for the API to say. */
export function nameFault({ user, device }: Names): 'none' | 'both' | 'blanks' | 'control' | undefined {
  if (user && device) return 'both';
  const name = user || device;
  if (!name) return 'none';
  if (name !== name.trim()) return 'blanks';
  return /\p{Cc}/u.test(name) ? 'control' : undefined;
}

export const subjectOf = ({ user, device }: Names): Subject =>
  user ? { kind: 'user', name: user } : { kind: 'device', name: device };

type SubjectProps = { names: Names; onChange: (names: Names) => void; sent: boolean };

/** @param sent true once the form was sent: an empty one is then told too */
export function SubjectFields({ names, onChange, sent }: SubjectProps) {
  const { texts } = useApp();
  const fault = nameFault(names);
  const error = fault && (fault !== 'none' || sent) ? texts.say(`name.${fault}`) : undefined;
  const faulty = names.user === '' && names.device !== '' ? 'device' : 'user';
  return (
    <Grid gridDefinition={[{ colspan: { default: 12, xs: 6 } }, { colspan: { default: 12, xs: 6 } }]}>
      {(['user', 'device'] as const).map((kind) => (
        <TextField
          key={kind}
          label={texts.say(kind === 'user' ? 'field.username' : 'field.device')}
          errorText={kind === faulty ? error : undefined}
          value={names[kind]}
          onChange={(name) => onChange({ ...names, [kind]: name })}
        />
      ))}
    </Grid>
  );
}

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

export function CaseFields({ facts, onChange }: { facts: CaseFacts; onChange: (facts: CaseFacts) => void }) {
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
