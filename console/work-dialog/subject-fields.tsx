import { Grid } from '@cloudscape-design/components';
import type { Subject } from '../../client/shapes.ts';
import { useApp } from '../app/hooks.ts';
import { TextField } from '../app/parts.tsx';

/** Both name fields as they were typed; a request is about one of them (R1). */
export type Names = { readonly user: string; readonly device: string };

export const NO_NAMES: Names = { user: '', device: '' };

/** Why names cannot be sent, by what the operator can see at once; the rest is for the API to say. */
type NameFault = 'none' | 'both' | 'blanks' | 'control';

/** What is wrong with the form of the names. @returns nothing when one of them can be sent */
export function nameFault({ user, device }: Names): NameFault | undefined {
  if (user && device) return 'both';
  const name = user || device;
  if (!name) return 'none';
  if (name !== name.trim()) return 'blanks';
  return /\p{Cc}/u.test(name) ? 'control' : undefined;
}

export const subjectOf = ({ user, device }: Names): Subject =>
  user ? { kind: 'user', name: user } : { kind: 'device', name: device };

interface Props {
  readonly names: Names;
  readonly onChange: (names: Names) => void;
  /** True once the form was sent: an empty one is then told too. */
  readonly sent: boolean;
}

/** `Username` and `Device name`. */
export function SubjectFields({ names, onChange, sent }: Props) {
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
