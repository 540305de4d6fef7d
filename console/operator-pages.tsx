import { Alert, Container, Header, Link, SpaceBetween } from '@cloudscape-design/components';
import { useState } from 'react';
import type { DeviceView, DoctorReport, Login, RedirectionView } from '../client/types.ts';
import { useApp } from './app/hooks.ts';
import { type Column, DataTable, LineList, Section, Status, TextField } from './app/parts.tsx';
import { Checklist } from './request-page/run-view.tsx';
import { AccountForm, isFilled } from './work-dialog/account-form.tsx';
import { CaseFields, caseBody, NO_CASE } from './work-dialog/fields.tsx';

/** `Devices and redirection`: the two things that people do at Engines, since these cannot anonymize (R28, R29). */
export function EnginesPage() {
  const { api, texts, go } = useApp();
  const [login, setLogin] = useState<Login>({ username: '', password: '' });
  const [name, setName] = useState('');
  const [found, setFound] = useState<DeviceView>();
  const [facts, setFacts] = useState(NO_CASE);
  const [traffic, setTraffic] = useState<RedirectionView>();
  const find = async () => setFound(await api.call('findDevice', { body: { name, login } }));
  const measure = async () => setTraffic(await api.call('measureRedirection', { body: { login } }));
  const remove = async () => {
    const subject = { kind: 'device' as const, name };
    const { requestId } = await api.startRequest({ kind: 'remove', subject, login, ...caseBody(facts) });
    go(`#/requests/${requestId}`);
    await find(); // the API notes in the removal what it finds
  };
  const type = (typed: string) => {
    setName(typed);
    setFound(undefined);
  };
  const isOpen = found?.requestIds.length === 0 && found.engines.some(({ state }) => state !== 'ABSENT');
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description={texts.say('engines.about')} children={texts.say('menu.engines')} />
      <Container>
        <AccountForm id="engines-account" login={login} onChange={setLogin} />
      </Container>
      <Section name="device" ready={isFilled(login) && name !== ''} onSend={find}>
        <TextField label={texts.say('field.device')} value={name} onChange={type} />
        {found && <Checklist removal={found} />}
        {found?.requestIds.map((id) => (
          <Link key={id} href={`#/requests/${id}`} children={texts.say('removal.kept', { id })} />
        ))}
      </Section>
      {isOpen && api.may(['gdpr.anonymize']) && (
        <Section name="remove" ready={isFilled(login)} onSend={remove}>
          <CaseFields facts={facts} onChange={setFacts} />
        </Section>
      )}
      <Section name="redirection" ready={isFilled(login)} onSend={measure}>
        {traffic && <Traffic view={traffic} />}
      </Section>
    </SpaceBetween>
  );
}

type Engine = RedirectionView['engines'][number];
const LOOKS = { clear: 'warning', hashed: 'success', absent: 'success', unknown: 'pending' } as const;

/** What still arrives at each Engine, since when, and what to switch on. */
function Traffic({ view: { engines, advice } }: { readonly view: RedirectionView }) {
  const { texts } = useApp();
  const column = (kind: Engine['arriving'][number]['names']): Column<Engine> => [
    `redirection.${kind}`,
    ({ arriving }) => {
      const { now = 'unknown', changedAt, forms = [] } = arriving.find(({ names }) => names === kind) ?? {};
      const since = changedAt ?? forms.find(({ form }) => form === now)?.since;
      const key = changedAt && now === 'clear' ? 'redirection.both' : 'redirection.since';
      const words = [texts.say(`redirection.${now}`), since && texts.say(key, { time: texts.day(since) })];
      return <Status look={LOOKS[now]}>{words.filter(Boolean).join(' ')}</Status>;
    },
  ];
  const nameOf = ({ name, reason }: Engine) => [name, reason && texts.reason(reason)].filter(Boolean).join(': ');
  const kinds = (['users', 'devices', 'domains', 'urls'] as const).map(column);
  const columns: Column<Engine>[] = [['engines.engine', nameOf], ...kinds];
  return (
    <SpaceBetween size="m">
      <DataTable label={texts.say('redirection.table')} rows={engines} columns={columns} />
      <Alert
        type={advice.length > 0 ? 'warning' : 'info'}
        header={texts.say(advice.length > 0 ? 'redirection.advice' : 'redirection.none')}
      >
        <LineList lines={advice} lang="en" />
      </Alert>
    </SpaceBetween>
  );
}

const CHECKS = {
  fault: 'error',
  warning: 'warning',
  'not measured': 'pending',
  'not configured': 'stopped',
  ok: 'success',
} as const;

/** `System check`: what is not ready, and the setting to change; faults come first, as the API gives them (R32). */
export function CheckPage() {
  const { api, texts } = useApp();
  const [report, setReport] = useState<DoctorReport>();
  const words = (text = '–') => <span lang="en">{text}</span>;
  return (
    <Section isPage name="check" onSend={async () => setReport(await api.call('doctor', {}))}>
      <p role="status">{report && texts.say(`check.all.${report.state}`, { time: texts.instant(report.at) })}</p>
      {report && (
        <DataTable
          label={texts.say('check.table')}
          rows={report.checks}
          columns={[
            ['check.what', ({ name }) => words(name)],
            ['column.state', ({ state }) => <Status look={CHECKS[state]}>{texts.say(`check.${state}`)}</Status>],
            ['check.evidence', ({ evidence }) => words(evidence), 240],
            ['check.mend', ({ mend }) => words(mend)],
          ]}
        />
      )}
    </Section>
  );
}
