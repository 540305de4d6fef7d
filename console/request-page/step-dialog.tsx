import { Checkbox, FormField } from '@cloudscape-design/components';
import { useState } from 'react';
import type { CallName } from '../../client/request.ts';
import type { Login, RequestView } from '../../client/types.ts';
import { useApp, useAttempts, useFocusBack } from '../app/hooks.ts';
import { Choice, StepHeading, TextField } from '../app/parts.tsx';
import type { TextKey } from '../app/texts.ts';
import { AccountForm, isFilled } from '../work-dialog/account-form.tsx';
import { WorkModal } from '../work-dialog/dialog-parts.tsx';
import type { ActionName } from './states.ts';

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

type Props = { name: StepName; view: RequestView; onDone: (view: RequestView) => void; onClose: () => void };

/**
 * Asks before a step is taken; a refusal is shown in the dialog, which stays.
 * @param onDone called with the request as the step left it
 */
export function StepDialog({ name, view, onDone, onClose }: Props) {
  const { api, texts } = useApp();
  const { call, account, body, fields = {}, ticked: asksTick } = STEPS[name];
  const [login, setLogin] = useState<Login>({ username: '', password: '' });
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const [ticked, setTicked] = useState(false);
  const attempts = useAttempts();
  useFocusBack();
  const { busy, problem, attempt } = attempts;
  const { requestId, kind, planDigest } = view;
  const asked = Object.entries(fields).filter(([field]) => field !== 'planHash' || planDigest !== undefined);
  const isReady = account ? isFilled(login) : asked.every(([field]) => values[field]) && (!asksTick || ticked);
  const send = () =>
    attempt(async () => {
      const { months } = values;
      const sent = account ? { login } : { ...body, ...values, ...(months && { months: Number(months) }) };
      const rerun = name === 'rerun' && (await api.rerunRequest(requestId, login));
      if (!rerun) await api.call(call, { path: { requestId }, body: sent } as never);
      onDone(rerun || (await api.call('getRequest', { path: { requestId } })));
      onClose();
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
      {asked.map(([field, words]) => {
        const label = texts.say(`step.field.${field}` as TextKey);
        const [value, set] = [values[field], (next: string) => setValues({ ...values, [field]: next })];
        if (words === 'line')
          return <TextField key={field} label={label} value={value ?? ''} onChange={(text) => set(text.trim())} />;
        const say = (code: string) => texts.say(`${words}.${code}` as TextKey);
        return (
          <FormField key={field} label={label}>
            <Choice values={texts.codes(words)} chosen={value} say={say} onChoose={set} />
          </FormField>
        );
      })}
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
