import { Alert, Box, Link, SpaceBetween } from '@cloudscape-design/components';
import { useEffect, useState } from 'react';
import type { Manifest, RequestView } from '../../client/types.ts';
import { useApp } from '../app/app-context.ts';
import { LineList } from '../app/line-list.tsx';
import { ProblemAlert } from '../app/problem-alert.tsx';
import { useAttempts } from '../app/use-attempt.ts';
import { isKept } from './states.ts';

/** `starts`: the download then starts by itself, as in the dialog that has started it (R8). */
type Props = { readonly view: RequestView; readonly starts: boolean };

/** What came of a retrieval: the download, the files with their rows, what is missing and why. */
export function Retrieved({ view, starts }: Props) {
  const { api, texts } = useApp();
  const { requestId } = view;
  const kept = isKept(view);
  const mine = api.may(['gdpr.download']);
  const { problem, attempt } = useAttempts();
  const [manifest, setManifest] = useState<Manifest>();
  useEffect(() => {
    if (!kept || !mine) return;
    if (starts) void attempt(() => api.download(requestId));
    api.call('getManifest', { path: { requestId } }).then(setManifest, () => {}); // the archive has it too
  }, [api, requestId, kept, mine, starts, attempt]);
  if (!kept) return <p>{texts.say('archive.gone')}</p>;
  const name = view.archive?.fileName ?? 'gdpr-data.tar.gz';
  const incomplete = view.state === 'COMPLETED_WITH_ERRORS';
  return (
    <SpaceBetween size="m">
      <ProblemAlert problem={problem} />
      {view.state === 'NOTHING_FOUND' && <Alert type="info">{texts.say('archive.nothing')}</Alert>}
      {mine && (
        <p>
          {texts.say(starts ? (incomplete ? 'archive.startsIncomplete' : 'archive.starts') : 'archive.ready', { name })}{' '}
          <Link
            href="#download"
            onFollow={(event) => {
              event.preventDefault();
              void attempt(() => api.download(requestId));
            }}
          >
            {texts.say('archive.here')}
          </Link>
        </p>
      )}
      {manifest && (
        <div>
          <p>
            {texts.say(manifest.complete ? 'archive.complete' : 'archive.incomplete')}{' '}
            {texts.say(`archive.scope.${manifest.accountScope}`)}
          </p>
          <LineList
            title={texts.say('archive.files', { count: manifest.files.length })}
            lines={manifest.files.map(({ name, rows }) => texts.say('archive.file', { name, rows }))}
          />
        </div>
      )}
      <Box color="text-body-secondary">{texts.say('archive.legal')}</Box>
    </SpaceBetween>
  );
}
