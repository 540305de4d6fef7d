import { Checkbox, FormField, SpaceBetween } from '@cloudscape-design/components';
import { useState } from 'react';
import type { Source, Subject } from '../../client/shapes.ts';
import type { Login, RequestView, SubjectsView } from '../../client/types.ts';
import { useApp, useAttempts, useFocusBack } from '../app/hooks.ts';
import { LineList, Section, StepHeading } from '../app/parts.tsx';
import { AccountForm, isFilled } from './account-form.tsx';
import { meant, PersonChoice, RunningStep, WorkModal } from './dialog-parts.tsx';
import { CaseFields, caseBody, type Names, NO_CASE, nameFault, SubjectFields, subjectOf } from './fields.tsx';

export function RetrieveForm({ names, onNames }: { names: Names; onNames: (names: Names) => void }) {
  const { texts } = useApp();
  const [sources, setSources] = useState<readonly Source[]>([]);
  const [masks, setMasks] = useState(false);
  const [facts, setFacts] = useState(NO_CASE);
  const [sent, setSent] = useState(false);
  const [retrieval, setRetrieval] = useState<Retrieval>();
  const send = async () => {
    const isRight = !nameFault(names) && sources.length > 0;
    setSent(!isRight);
    if (isRight) setRetrieval({ subject: subjectOf(names), sources: [...sources], masks, facts: caseBody(facts) });
  };
  const tick = (source: Source, on: boolean) =>
    setSources((['engine', 'portal'] as const).filter((one) => (one === source ? on : sources.includes(one))));
  return (
    <>
      <Section name="retrieve" onSend={send}>
        <SubjectFields names={names} onChange={onNames} sent={sent} />
        <FormField
          label={texts.say('retrieve.sources')}
          errorText={sent && sources.length === 0 ? texts.say('retrieve.noSource') : undefined}
        >
          {(['engine', 'portal'] as const).map((source) => (
            <Checkbox
              key={source}
              checked={sources.includes(source)}
              description={texts.say(`retrieve.sourceHint.${source}`)}
              onChange={({ detail }) => tick(source, detail.checked)}
            >
              {texts.say(`sources.${source}`)}
            </Checkbox>
          ))}
        </FormField>
        <Checkbox
          checked={masks}
          description={texts.say('retrieve.maskHint')}
          onChange={({ detail }) => setMasks(detail.checked)}
        >
          {texts.say('retrieve.mask')}
        </Checkbox>
        <CaseFields facts={facts} onChange={setFacts} />
      </Section>
      {retrieval && <RetrieveDialog retrieval={retrieval} onClose={() => setRetrieval(undefined)} />}
    </>
  );
}

type Retrieval = { subject: Subject; sources: Source[]; masks: boolean; facts: ReturnType<typeof caseBody> };

type Props = { readonly retrieval: Retrieval; readonly onClose: () => void };

/** `GDPR Retrieve data`: states what is about to happen, asks for the account, then shows the run (R3 to R8). */
function RetrieveDialog({ retrieval, onClose }: Props) {
  const { api, texts } = useApp();
  const { subject, sources, masks, facts } = retrieval;
  const [login, setLogin] = useState<Login>({ username: '', password: '' });
  const [people, setPeople] = useState<SubjectsView>();
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [started, setStarted] = useState<RequestView>();
  const attempts = useAttempts();
  const { busy, problem, attempt } = attempts;
  const title = texts.say('retrieve.dialog');
  useFocusBack();

  /** A name that several accounts share is shown as several (R1), and one that none has with those that are alike (R12). */
  const goOn = () =>
    attempt(async () => {
      if (!people && sources.includes('engine')) {
        const found = await api.call('findSubjects', { body: { subject, login } });
        const { length } = meant(found);
        if (length > 1 || (length === 0 && found.nearNames.length > 0)) return setPeople(found);
      }
      const accounts = people && meant(people).length > 0 && { accounts: [...chosen] };
      const named = { ...subject, ...accounts };
      const masking = masks && { coUsers: 'mask' as const };
      setStarted(await api.startRequest({ kind: 'retrieve', subject: named, sources, login, ...masking, ...facts }));
      setLogin({ username: '', password: '' }); // it has been used
    });

  if (started) return <RunningStep title={title} started={started} onClose={onClose} />;
  return (
    <WorkModal
      title={title}
      problem={problem}
      onClose={onClose}
      next={{
        text: texts.say('continue'),
        press: people ? goOn : 'retrieve-account',
        disabled: people ? chosen.length === 0 : !isFilled(login),
        busy,
      }}
    >
      {people ? (
        <PersonChoice subject={subject} view={people} chosen={chosen} onChange={setChosen} />
      ) : (
        <SpaceBetween size="m">
          <StepHeading>{texts.say('retrieve.about')}</StepHeading>
          <div>
            <p>{texts.say(`retrieve.what.${subject.kind}`, { name: subject.name })}</p>
            <LineList lines={sources.map((source) => texts.say(`retrieve.source.${source}`))} />
            {subject.kind === 'device' && <p>{texts.say(masks ? 'retrieve.othersMasked' : 'retrieve.others')}</p>}
            <p>{texts.say('retrieve.archive')}</p>
          </div>
          <AccountForm id="retrieve-account" login={login} onChange={setLogin} onSubmit={goOn} attempts={attempts} />
        </SpaceBetween>
      )}
    </WorkModal>
  );
}
