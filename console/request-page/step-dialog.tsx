import Checkbox from '@cloudscape-design/components/checkbox';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import { useState } from 'react';
import type { CallName } from '../../client/request.ts';
import type { Login, RequestView } from '../../client/types.ts';
import { useApp } from '../app/app-context.ts';
import { StepHeading } from '../app/heading.tsx';
import type { TextKey } from '../app/texts.ts';
import { useAttempts } from '../app/use-attempt.ts';
import { AccountForm, isFilled } from '../work-dialog/account-form.tsx';
import { WorkModal } from '../work-dialog/work-modal.tsx';
import type { ActionName } from './actions.ts';

/** One step that a person takes in the life of a request; its texts are `step.<name>.*`. */
interface Step {
  readonly call: CallName;
  /** True where the Nexthink account is asked for (R4). */
  readonly account?: true;
  /** What the body of the call has besides the fields. */
  readonly body?: Readonly<Record<string, string>>;
  /** Fields of the body: a choice among the codes that have words in this group of texts, or a line of text. */
  readonly fields?: Readonly<Record<string, 'denial' | 'handover' | 'pause' | 'extension' | 'months' | 'line'>>;
  /** What cannot be undone asks for a tick, so that no second press reaches it. */
  readonly ticked?: true;
}

type StepName = Exclude<ActionName, 'download'>;

const STEPS: Readonly<Record<StepName, Step>> = {
  login: { call: 'loginRequest', account: true },
  rerun: { call: 'rerunRequest', account: true },
  approve: { call: 'approveRequest', ticked: true, fields: { planHash: 'line' } },
  deny: { call: 'denyRequest', fields: { reasonCode: 'denial' } },
  handover: { call: 'recordHandover', fields: { to: 'handover' } },
  cancel: { call: 'cancelRequest', ticked: true },
  destroy: { call: 'deleteArchive', ticked: true },
  pause: { call: 'changeDeadline', body: { action: 'pause' }, fields: { reason: 'pause' } },
  resume: { call: 'changeDeadline', body: { action: 'resume' } },
  extend: { call: 'changeDeadline', body: { action: 'extend' }, fields: { reason: 'extension', months: 'months' } },
};

interface Props {
  readonly name: StepName;
  readonly view: RequestView;
  /** Called with the request as the step left it. */
  readonly onDone: (view: RequestView) => void;
  readonly onClose: () => void;
}

/** Asks before a step is taken; a refusal is shown in the dialog, which stays. */
export function StepDialog({ name, view, onDone, onClose }: Props) {
  const { api, texts } = useApp();
  const { call, account, body, fields = {}, ticked: asksTick } = STEPS[name];
  const [login, setLogin] = useState<Login>({ username: '', password: '' });
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const [ticked, setTicked] = useState(false);
  const attempts = useAttempts();
  const { busy, problem, attempt } = attempts;
  const { requestId, kind, planDigest } = view;
  const asked = Object.entries(fields).filter(([field]) => field !== 'planHash' || planDigest !== undefined);
  const isReady = account ? isFilled(login) : asked.every(([field]) => values[field]) && (!asksTick || ticked);
  const send = () =>
    attempt(async () => {
      if (name === 'rerun') return onDone(await api.rerunRequest(requestId, login));
      const { months } = values;
      const sent = account ? { login } : { ...body, ...values, ...(months && { months: Number(months) }) };
      await api.call(call, { path: { requestId }, body: sent } as never);
      onDone(await api.call('getRequest', { path: { requestId } }));
    });
  const leave = () => !busy && onClose();
  const text = `step.${name}.text`;
  return (
    <WorkModal
      title={texts.say(`action.${name}`)}
      problem={problem}
      onClose={leave}
      next={{
        text: texts.say(account ? 'continue' : `action.${name}`),
        press: account ? 'step-account' : send,
        disabled: !isReady,
        busy,
      }}
    >
      <StepHeading>{texts.say(`step.${name}.title`)}</StepHeading>
      <p>{texts.ofCode(text, kind) ?? texts.say(text as TextKey)}</p>
      {asked.map(([field, words]) => (
        <FormField key={field} label={texts.say(`step.field.${field}` as TextKey)}>
          <StepField
            words={words}
            value={values[field]}
            onChange={(value) => setValues({ ...values, [field]: value })}
          />
        </FormField>
      ))}
      {asksTick && (
        <Checkbox checked={ticked} onChange={({ detail }) => setTicked(detail.checked)}>
          {texts.say(`step.${name}.tick` as TextKey)}
        </Checkbox>
      )}
      {account && (
        <AccountForm id="step-account" login={login} onChange={setLogin} onSubmit={send} attempts={attempts} />
      )}
    </WorkModal>
  );
}

type FieldProps = {
  words: NonNullable<Step['fields']>[string];
  value?: string | undefined;
  onChange: (value: string) => void;
};

/** Nothing is chosen unread. */
function StepField({ words, value, onChange }: FieldProps) {
  const { texts } = useApp();
  if (words === 'line') {
    return (
      <Input
        value={value ?? ''}
        autoComplete={false}
        spellcheck={false}
        onChange={({ detail }) => onChange(detail.value.trim())}
      />
    );
  }
  const options = texts.codes(words).map((code) => ({ value: code, label: texts.say(`${words}.${code}` as TextKey) }));
  return (
    <Select
      placeholder={texts.say('choose')}
      options={options}
      selectedOption={options.find((option) => option.value === value) ?? null}
      onChange={({ detail }) => onChange(detail.selectedOption.value!)}
    />
  );
}
