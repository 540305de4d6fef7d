import { Box, Button, Grid, SpaceBetween } from '@cloudscape-design/components';
import { useEffect, useRef, useState } from 'react';
import type { EnginesView, Login } from '../../client/types.ts';
import { type Attempts, useApp, useAttempts } from '../app/hooks.ts';
import { DataTable, ProblemAlert, Status, TextField } from '../app/parts.tsx';

type Props = { id: string; login: Login; onChange(login: Login): void; onSubmit?: () => void; attempts?: Attempts };

const REFUSED = ['login-refused', 'login-insufficient'];

/** Milliseconds before the list comes by itself, so that it moves no button under a press that has begun. */
const LIST_DELAY = 400;

export const isFilled = ({ username, password }: Login): boolean => username !== '' && password !== '';

/**
 * Asks for the Nexthink account (R4); once both fields are filled, the Engines list comes by itself (R5).
 * @param onSubmit called by the Enter key when both fields are filled
 * @param attempts what is done with the account; a refusal of it is shown at the field
 */
export function AccountForm({ id, login, onChange, onSubmit, attempts }: Props) {
  const { api, texts } = useApp();
  const { busy = false, problem } = attempts ?? {};
  const [engines, setEngines] = useState<EnginesView>();
  const listed = useRef('');
  const waiting = useRef(0);
  useEffect(() => () => clearTimeout(waiting.current), []);
  const list = useAttempts();
  const mayList = isFilled(login) && api.may(['gdpr.retrieve', 'gdpr.anonymize']);
  const change = (part: Partial<Login>): void => {
    attempts?.forget();
    list.forget();
    onChange({ ...login, ...part });
  };
  const showEngines = (again: boolean): void => {
    const pair = JSON.stringify(login);
    if (!mayList || (!again && listed.current === pair)) return; // a wrong password is tried once
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
        listed.current = JSON.stringify(login); // what is sent here is not tried once more for the list
        if (isFilled(login) && !busy) onSubmit?.();
      }}
    >
      <SpaceBetween size="m">
        <p>{texts.say('account.needs')}</p>
        <Grid gridDefinition={[{ colspan: { default: 12, xs: 6 } }, { colspan: { default: 12, xs: 6 } }]}>
          <TextField
            label={texts.say('field.username')}
            value={login.username}
            disabled={busy}
            onChange={(username) => change({ username })}
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
            onChange={(password) => change({ password })}
          />
        </Grid>
        <SpaceBetween size="xs">
          <Button
            formAction="none"
            iconName="refresh"
            loading={list.busy}
            disabled={!mayList}
            onClick={() => showEngines(true)}
          >
            {texts.say('engines.list')}
          </Button>
          <ProblemAlert problem={list.problem} />
          {engines && <EnginesTable view={engines} />}
        </SpaceBetween>
      </SpaceBetween>
    </form>
  );
}

const LOOKS = { READY: 'success', WARNING: 'warning', NOT_READY: 'error', NOT_MEASURED: 'pending' } as const;

/** `Engines List`: each Engine with its measured state, and the setting that mends a fault (R5). */
function EnginesTable({ view: { federation, engines } }: { readonly view: EnginesView }) {
  const { texts } = useApp();
  return (
    <DataTable
      label={texts.say('engines.list')}
      header={
        <Box color="text-body-secondary">
          {texts.say(`engines.federation.${federation}`, { count: engines.length })}
        </Box>
      }
      rows={engines}
      columns={[
        ['engines.engine', ({ name }) => name],
        ['column.state', ({ state }) => <Status look={LOOKS[state]}>{texts.say(`engines.state.${state}`)}</Status>],
        [
          'engines.findings',
          ({ findings }) =>
            findings.map(({ code, detail, setting }) => (
              <div key={code}>
                {texts.say(`finding.${code}`)}{' '}
                <Box color="text-body-secondary">
                  <span lang="en">{detail}</span> {texts.say('engines.setting')} <code>{setting}</code>
                </Box>
              </div>
            )),
        ],
      ]}
    />
  );
}
