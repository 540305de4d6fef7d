import { Header, SpaceBetween } from '@cloudscape-design/components';
import { useState } from 'react';
import { useApp } from './app/hooks.ts';
import { AnonymizeForm } from './work-dialog/anonymize.tsx';
import { NO_NAMES } from './work-dialog/fields.tsx';
import { RetrieveForm } from './work-dialog/retrieve.tsx';

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
