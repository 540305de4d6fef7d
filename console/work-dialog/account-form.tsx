import { Form, Grid, SpaceBetween } from '@cloudscape-design/components';
import { useEffect, useRef, useState } from 'react';
import type { EnginesView, Login } from '../../client/types.ts';
import { useApp } from '../app/app-context.ts';
import { TextField } from '../app/fields.tsx';
import { type Attempts, useAttempts } from '../app/use-attempt.ts';
import { EnginesList } from './engines-list.tsx';

interface Props {
  readonly id: string;
  readonly login: Login;
  readonly onChange: (login: Login) => void;
  /** Called by the Enter key when both fields are filled. */
  readonly onSubmit: () => void;
  /** What is done with the account; a refusal of it is shown at the field. */
  readonly attempts: Attempts;
}

/** Refusals that are about the account's name and password. */
const REFUSED = ['login-refused', 'login-insufficient'];

/** Milliseconds before the list comes by itself, so that it moves no button under a press that has begun. */
const LIST_DELAY = 400;

export const isFilled = ({ username, password }: Login): boolean => username !== '' && password !== '';

/** Asks for the Nexthink account (R4); once both fields are filled, the Engines list comes by itself (R5). */
export function AccountForm({ id, login, onChange, onSubmit, attempts: { busy, problem } }: Props) {
  const { api, texts } = useApp();
  const [engines, setEngines] = useState<EnginesView>();
  const listed = useRef('');
  const waiting = useRef(0);
  useEffect(() => () => clearTimeout(waiting.current), []);
  const list = useAttempts();
  const showEngines = (again: boolean): void => {
    const pair = JSON.stringify(login);
    if (!isFilled(login) || (!again && listed.current === pair)) return; // a wrong password is tried once
    listed.current = pair;
    void list.attempt(async () => setEngines(await api.call('listEngines', { body: { login } })));
  };
  const refused = problem && REFUSED.includes(problem.code) ? texts.ofCode('problem', problem.code) : undefined;
  return (
    <form
      id={id}
      onSubmit={(event) => {
        event.preventDefault();
        clearTimeout(waiting.current);
        if (isFilled(login) && !busy) onSubmit();
      }}
    >
      <Form>
        <SpaceBetween size="m">
          <p>{texts.say('account.needs')}</p>
          <Grid gridDefinition={[{ colspan: { default: 12, xs: 6 } }, { colspan: { default: 12, xs: 6 } }]}>
            <TextField
              label={texts.say('field.username')}
              value={login.username}
              disabled={busy}
              onChange={(username) => onChange({ ...login, username })}
            />
            <TextField
              label={texts.say('field.password')}
              type="password"
              value={login.password}
              errorText={refused}
              disabled={busy}
              onBlur={() => {
                waiting.current = window.setTimeout(() => showEngines(false), LIST_DELAY);
              }}
              onChange={(password) => onChange({ ...login, password })}
            />
          </Grid>
          <EnginesList view={engines} attempts={list} onList={isFilled(login) ? () => showEngines(true) : undefined} />
        </SpaceBetween>
      </Form>
    </form>
  );
}
