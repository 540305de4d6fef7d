import { Alert, Button, Checkbox, SpaceBetween } from '@cloudscape-design/components';
import { useEffect, useState } from 'react';
import type { Subject } from '../../client/shapes.ts';
import type { Login, PreviewView, RequestView, SubjectsView } from '../../client/types.ts';
import { ProblemError } from '../app/api.ts';
import { useApp, useAttempts, useFocusBack } from '../app/hooks.ts';
import { Choice, DataTable, LineList, Section, StepHeading, TextField } from '../app/parts.tsx';
import { RunView, useRequest } from '../request-page/run-view.tsx';
import { hasEnded } from '../request-page/states.ts';
import { AccountForm, isFilled } from './account-form.tsx';
import { meant, PersonChoice, RunningStep, WorkModal } from './dialog-parts.tsx';
import { CaseFields, caseBody, type Names, NO_CASE, NO_NAMES, nameFault, SubjectFields, subjectOf } from './fields.tsx';

export function AnonymizeForm({ onRetrieveFirst }: { readonly onRetrieveFirst: (names: Names) => void }) {
  const { texts } = useApp();
  const [names, setNames] = useState(NO_NAMES);
  const [ticked, setTicked] = useState(false);
  const [facts, setFacts] = useState(NO_CASE);
  const [anonymization, setAnonymization] = useState<Anonymization>();
  const send = async () => {
    setAnonymization({ subject: subjectOf(names), facts: caseBody(facts) });
    setTicked(false); // each anonymization is confirmed anew
  };
  return (
    <>
      <Section name="anonymize" ready={ticked && !nameFault(names)} onSend={send}>
        <SubjectFields names={names} onChange={setNames} sent={false} />
        <Checkbox checked={ticked} onChange={({ detail }) => setTicked(detail.checked)}>
          {texts.say('anonymize.irreversible')}
        </Checkbox>
        <CaseFields facts={facts} onChange={setFacts} />
      </Section>
      {anonymization && (
        <AnonymizeDialog
          anonymization={anonymization}
          onClose={() => setAnonymization(undefined)}
          onRetrieveFirst={() => {
            const { kind, name } = anonymization.subject;
            setAnonymization(undefined);
            onRetrieveFirst({ ...NO_NAMES, [kind]: name });
          }}
        />
      )}
    </>
  );
}

type Anonymization = { readonly subject: Subject; readonly facts: ReturnType<typeof caseBody> };

type Props = { anonymization: Anonymization; onClose: () => void; onRetrieveFirst: () => void };

/** A plan as it was counted; without a view where counting took too long. */
type Plan = { readonly view?: PreviewView; readonly decisions: Decisions; readonly isWord: boolean };

/** A login of letters alone, with a domain or without one, may also be a word of the language. */
const MAY_BE_WORD = /^([^\\]*\\)?\p{L}+(@.*)?$/u;

/**
 * `GDPR Anonymize Portal data`: account, then "which of these people?", then what changes and the name once more, then
 * `ANONYMIZE` (R13 to R17). Each step asks for something that only its reader gives, so no second press reaches the next one.
 * @param onRetrieveFirst closes it and fills in the retrieval of the same name, which finds nothing any more afterwards
 */
function AnonymizeDialog({ anonymization, onClose, onRetrieveFirst }: Props) {
  const { api, texts } = useApp();
  const { subject, facts } = anonymization;
  const [login, setLogin] = useState<Login>({ username: '', password: '' });
  const [people, setPeople] = useState<SubjectsView>();
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [isWord, setIsWord] = useState(false);
  const [plan, setPlan] = useState<Plan>();
  const [decisions, setDecisions] = useState<Decisions>({});
  const [typed, setTyped] = useState('');
  const [rehearsal, setRehearsal] = useState<RequestView>();
  const [started, setStarted] = useState<RequestView>();
  const attempts = useAttempts();
  const { busy, problem, attempt } = attempts;
  const title = texts.say('anonymize.dialog');
  useFocusBack();
  const accounts = people && meant(people).length > 0 && { accounts: [...chosen] };
  const named = { ...subject, ...accounts, ...(isWord && { commonWord: true }) };
  const decided = Object.keys(decisions).length > 0 && { mentions: { ...decisions } };

  /** It holds the subject, so that an anonymization would be refused. */
  const rehearses = rehearsal !== undefined && !hasEnded(rehearsal.state);
  const planHash = plan?.view?.planHash;
  const work = { subject: named, login, ...decided, ...(planHash && { planHash }) };
  const find = () => attempt(async () => setPeople(await api.call('findSubjects', { body: { subject, login } })));
  const count = () =>
    attempt(async () => {
      setTyped('');
      if (!rehearses) setRehearsal(undefined);
      try {
        const body = { kind: 'anonymize' as const, subject: named, login, ...decided };
        setPlan({ view: await api.call('preview', { body }), decisions, isWord });
      } catch (error) {
        if (!(error instanceof ProblemError && error.code === 'preview-timeout')) throw error;
        setPlan({ decisions, isWord }); // the account is good; whether it may go without a count is for the settings to say
      }
    });
  const rehearse = () => attempt(async () => setRehearsal(await api.startRequest({ kind: 'rehearse', ...work })));
  const anonymize = () =>
    attempt(async () => {
      setStarted(await api.startRequest({ kind: 'anonymize', irreversible: true, ...work, ...facts }));
      setLogin({ username: '', password: '' }); // it has been used
    });

  if (started) return <RunningStep title={title} started={started} planHash={planHash} onClose={onClose} />;
  const isStale = plan !== undefined && (plan.decisions !== decisions || plan.isWord !== isWord);
  const mayGo = plan !== undefined && !isStale && plan.view?.rows !== 0;
  const wordBox = subject.kind === 'user' && MAY_BE_WORD.test(subject.name) && (
    <Checkbox checked={isWord} disabled={busy} onChange={({ detail }) => setIsWord(detail.checked)}>
      {texts.say('anonymize.commonWord')}
    </Checkbox>
  );
  const goOn = texts.say('continue');
  const next = !people
    ? { text: goOn, press: 'anonymize-account', disabled: !isFilled(login) }
    : !plan || isStale
      ? { text: isStale ? texts.say('plan.again') : goOn, press: count, disabled: chosen.length === 0 }
      : mayGo && { text: texts.say('anonymize.go'), press: anonymize, disabled: rehearses || typed !== subject.name };
  return (
    <WorkModal title={title} problem={problem} onClose={onClose} next={next && { ...next, busy }}>
      {!people ? (
        <SpaceBetween size="m">
          <StepHeading>{texts.say('anonymize.about')}</StepHeading>
          <div>
            <p>{texts.say(`anonymize.what.${subject.kind}`, { name: subject.name })}</p>
            <p>{texts.say('anonymize.forever')}</p>
            <p>{texts.say('anonymize.engines')}</p>
          </div>
          <AccountForm id="anonymize-account" login={login} onChange={setLogin} onSubmit={find} attempts={attempts} />
        </SpaceBetween>
      ) : !plan ? (
        <PersonChoice subject={subject} view={people} chosen={chosen} onChange={setChosen} />
      ) : (
        <SpaceBetween size="m">
          <StepHeading>{texts.say('plan.title')}</StepHeading>
          {plan.view ? (
            <PlanView plan={plan.view} decisions={decisions} onDecide={setDecisions} />
          ) : (
            <Alert type="warning">{texts.say('plan.unknown')}</Alert>
          )}
          {wordBox}
          {mayGo && (
            <SpaceBetween size="xs">
              <p>{texts.say('anonymize.retrieveFirst')}</p>
              <Button onClick={onRetrieveFirst}>{texts.say('anonymize.retrieveFirstButton')}</Button>
              <p>{texts.say('rehearsal.about')}</p>
              <Button loading={busy} disabled={rehearses} onClick={rehearse}>
                {texts.say('rehearsal.go')}
              </Button>
              {rehearses && <p>{texts.say('rehearsal.wait')}</p>}
              {rehearsal && <RehearsalRun key={rehearsal.requestId} started={rehearsal} onSeen={setRehearsal} />}
              <TextField
                label={texts.say('anonymize.typeAgain')}
                description={texts.say('anonymize.typeAgainHint')}
                value={typed}
                disabled={busy}
                onChange={setTyped}
              />
            </SpaceBetween>
          )}
        </SpaceBetween>
      )}
      {people && !plan && wordBox}
    </WorkModal>
  );
}

function RehearsalRun({ started, onSeen }: { started: RequestView; onSeen: (view: RequestView) => void }) {
  const followed = useRequest(started.requestId, started);
  const { view = started } = followed;
  useEffect(() => onSeen(view), [view, onSeen]);
  return <RunView followed={followed} />;
}

type Decisions = Readonly<Record<string, 'keep' | 'change'>>;

type PlanProps = { plan: PreviewView; decisions: Decisions; onDecide: (decisions: Decisions) => void };

/** What an anonymization would change, what it would not, and what a person has to decide before (R14, R15). */
function PlanView({ plan, decisions, onDecide }: PlanProps) {
  const { texts } = useApp();
  type Part = 'identifiers' | 'spellings' | 'lookalikes' | 'near' | 'unmapped' | 'accounts' | 'outOfReach';
  const section = (part: Part, lines: readonly string[], open = false) => (
    <LineList title={texts.say(`plan.${part}`, { count: lines.length })} lines={lines} open={open} />
  );
  const example = (place: string) =>
    plan.examples
      ?.filter((one) => one.place === place)
      .map(({ text }) => text)
      .join('\n');
  const changed = plan.tables.filter(({ rows }) => rows > 0);
  return (
    <SpaceBetween size="m">
      <Alert type={plan.rows > 0 ? 'warning' : 'info'}>
        {texts.say(plan.rows > 0 ? 'plan.rows' : 'plan.nothing', { rows: plan.rows, tables: changed.length })}
      </Alert>
      {changed.length > 0 && (
        <DataTable
          label={texts.say('plan.tables')}
          rows={changed}
          columns={[
            ['plan.table', ({ table }) => table],
            ['column.rows', ({ rows }) => texts.number(rows)],
          ]}
        />
      )}
      {section(
        'identifiers',
        plan.identifiers.map(({ text, strong }) => texts.say(strong ? 'plan.strong' : 'plan.weak', { text })),
        true,
      )}
      {plan.mentions.length > 0 && (
        <DataTable
          header={<p>{texts.say('plan.mentions')}</p>}
          label={texts.say('plan.mentionsTable')}
          rows={plan.mentions}
          columns={[
            ['plan.place', ({ place }) => place],
            ['plan.cells', ({ count }) => texts.number(count)],
            ['plan.example', ({ place }) => example(place) ?? ''],
            [
              'plan.decision',
              ({ place }) => (
                <Choice
                  label={`${texts.say('plan.decision')}: ${place}`}
                  placeholder={texts.say('plan.mention.default')}
                  values={['keep', 'change']}
                  say={(value) => texts.say(`plan.mention.${value}`)}
                  chosen={decisions[place]}
                  onChoose={(value) => onDecide({ ...decisions, [place]: value })}
                />
              ),
            ],
          ]}
        />
      )}
      {section('spellings', plan.spellings)}
      {section(
        'lookalikes',
        plan.lookalikes.map(({ place, count }) => `${place}: ${texts.number(count)}`),
      )}
      {section('near', plan.nearNames)}
      {section('unmapped', plan.unmapped, true)}
      {section('accounts', plan.accounts, true)}
      {section('outOfReach', plan.outOfReach)}
      {plan.notBefore && <Alert type="info">{texts.say('plan.notBefore', { time: plan.notBefore })}</Alert>}
    </SpaceBetween>
  );
}
