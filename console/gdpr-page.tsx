import { Checkbox, FormField, Header, SpaceBetween } from '@cloudscape-design/components';
import { useState } from 'react';
import type { Source } from '../client/shapes.ts';
import { useApp } from './app/hooks.ts';
import { Section } from './app/parts.tsx';
import { type Anonymization, AnonymizeDialog } from './work-dialog/anonymize-dialog.tsx';
import {
  CaseFields,
  caseBody,
  type Names,
  NO_CASE,
  NO_NAMES,
  nameFault,
  SubjectFields,
  subjectOf,
} from './work-dialog/fields.tsx';
import { type Retrieval, RetrieveDialog } from './work-dialog/retrieve-dialog.tsx';

/** `GDPR`: the two sections of Nexthink's own page (R0 to R3, R13). */
export function GdprPage() {
  const { api, texts } = useApp();
  const [names, setNames] = useState(NO_NAMES);
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description={texts.say('gdpr.description')}>
        {texts.say('gdpr.title')}
      </Header>
      {api.may(['gdpr.retrieve']) && <RetrieveForm names={names} onNames={setNames} />}
      {api.may(['gdpr.anonymize']) && <AnonymizeForm onRetrieveFirst={setNames} />}
      {!api.may(['gdpr.retrieve', 'gdpr.anonymize']) && <p>{texts.say('gdpr.neither')}</p>}
    </SpaceBetween>
  );
}

function RetrieveForm({ names, onNames }: { names: Names; onNames: (names: Names) => void }) {
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

function AnonymizeForm({ onRetrieveFirst }: { readonly onRetrieveFirst: (names: Names) => void }) {
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
