import { Alert, SpaceBetween } from '@cloudscape-design/components';
import type { RequestView } from '../../client/types.ts';
import { useApp } from '../app/app-context.ts';
import { LineList } from '../app/line-list.tsx';

/** What came of a rehearsal: what an anonymization would change, or why it would be refused (R14). */
export function Rehearsed({ view: { rehearsal } }: { readonly view: RequestView }) {
  const { texts } = useApp();
  if (!rehearsal) return null;
  const { rowsByTable, refusals, notTried, lockedSeconds } = rehearsal;
  const counts = Object.values(rowsByTable).filter((rows) => rows > 0);
  const rows = counts.reduce((sum, count) => sum + count, 0);
  const locked = texts.say('rehearsal.locked', { time: texts.duration(Math.ceil(lockedSeconds)) });
  return (
    <SpaceBetween size="s">
      {refusals.length === 0 ? (
        <Alert type="success" header={texts.say('rehearsal.right')}>
          {texts.say('rehearsal.rows', { rows, tables: counts.length })} {locked}
        </Alert>
      ) : (
        <Alert type="error" header={texts.say('rehearsal.refused')}>
          <LineList lines={refusals} lang="en" />
        </Alert>
      )}
      {notTried.length > 0 && (
        <Alert type="warning" header={texts.say('rehearsal.notTried')}>
          <LineList lines={notTried} lang="en" />
        </Alert>
      )}
    </SpaceBetween>
  );
}
