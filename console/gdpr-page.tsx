import { Checkbox, FormField, Header, SpaceBetween } from '@cloudscape-design/components';
import { useState } from 'react';
import type { Source } from '../client/shapes.ts';
import { useApp } from './app/hooks.ts';
import { Section } from './app/section.tsx';
import { type Anonymization, AnonymizeDialog } from './work-dialog/anonymize-dialog.tsx';
import { CaseFields, caseBody, NO_CASE } from './work-dialog/case-fields.tsx';
import { type Retrieval, RetrieveDialog } from './work-dialog/retrieve-dialog.tsx';
import { type Names, NO_NAMES, nameFault, SubjectFields, subjectOf } from './work-dialog/subject-fields.tsx';

/** `GDPR`: the two sections of Nexthink's own page (R0 to R3, R13). */
export function GdprPage() {
  const { api, texts } = useApp();
  const [retrieval, setRetrieval] = useState<Retrieval>();
  const [anonymization, setAnonymization] = useState<Anonymization>();
  const [names, setNames] = useState<Names>(NO_NAMES);
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description={texts.say('gdpr.description')}>
        {texts.say('gdpr.title')}
      </Header>
      {api.may(['gdpr.retrieve']) && <RetrieveForm names={names} onNames={setNames} onSend={setRetrieval} />}
      {api.may(['gdpr.anonymize']) && <AnonymizeForm onSend={setAnonymization} />}
      {!api.may(['gdpr.retrieve', 'gdpr.anonymize']) && <p>{texts.say('gdpr.neither')}</p>}
      {retrieval && <RetrieveDialog retrieval={retrieval} onClose={() => setRetrieval(undefined)} />}
      {anonymization && (
        <AnonymizeDialog
          anonymization={anonymization}
          onClose={() => setAnonymization(undefined)}
          onRetrieveFirst={() => {
            const { kind, name } = anonymization.subject;
            setAnonymization(undefined);
            setNames({ ...NO_NAMES, [kind]: name });
          }}
        />
      )}
    </SpaceBetween>
  );
}

type RetrieveProps = { names: Names; onNames: (names: Names) => void; onSend: (retrieval: Retrieval) => void };

function RetrieveForm({ names, onNames, onSend }: RetrieveProps) {
  const { texts } = useApp();
  const [sources, setSources] = useState<readonly Source[]>([]);
  const [masks, setMasks] = useState(false);
  const [facts, setFacts] = useState(NO_CASE);
  const [sent, setSent] = useState(false);
  const send = async () => {
    setSent(true);
    if (nameFault(names) || sources.length === 0) return;
    setSent(false);
    onSend({ subject: subjectOf(names), sources: [...sources], masks, facts: caseBody(facts) });
  };
  const tick = (source: Source, on: boolean) =>
    setSources((['engine', 'portal'] as const).filter((one) => (one === source ? on : sources.includes(one))));
  return (
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
  );
}

function AnonymizeForm({ onSend }: { readonly onSend: (anonymization: Anonymization) => void }) {
  const { texts } = useApp();
  const [names, setNames] = useState<Names>(NO_NAMES);
  const [ticked, setTicked] = useState(false);
  const [facts, setFacts] = useState(NO_CASE);
  const ready = ticked && !nameFault(names);
  const send = async () => {
    onSend({ subject: subjectOf(names), facts: caseBody(facts) });
    setTicked(false); // each anonymization is confirmed anew
  };
  return (
    <Section name="anonymize" ready={ready} onSend={send}>
      <SubjectFields names={names} onChange={setNames} sent={false} />
      <Checkbox checked={ticked} onChange={({ detail }) => setTicked(detail.checked)}>
        {texts.say('anonymize.irreversible')}
      </Checkbox>
      <CaseFields facts={facts} onChange={setFacts} />
    </Section>
  );
}
