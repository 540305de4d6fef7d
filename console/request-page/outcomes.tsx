import { Alert, Box, Button, Link, SpaceBetween } from '@cloudscape-design/components';
import { useEffect, useState } from 'react';
import type { Retained } from '../../client/shapes.ts';
import type { Manifest, RequestView, SignedCertificate } from '../../client/types.ts';
import { useApp, useAttempts } from '../app/hooks.ts';
import { LineList, ProblemAlert, saveFile } from '../app/parts.tsx';
import type { Texts } from '../app/texts.ts';
import { isKept } from './states.ts';

/**
 * What came of a retrieval: the download, the files with their rows, what is missing and why.
 * @param starts the download starts by itself, as in the dialog that has started it (R8)
 */
export function Retrieved({ view, starts }: { readonly view: RequestView; readonly starts: boolean }) {
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
            {view.state !== 'NOTHING_FOUND' &&
              `${texts.say(manifest.complete ? 'archive.complete' : 'archive.incomplete')} `}
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

/** What came of an anonymization: what was replaced, what still holds the name and until when, and the proof (R17, R27). */
export function Anonymized({ view }: { readonly view: RequestView }) {
  const { api, texts } = useApp();
  const { requestId, state, receipt } = view;
  const [signed, setSigned] = useState<SignedCertificate>();
  const { problem, attempt } = useAttempts();
  const hasProof = state !== 'COMPLETED_WITH_ERRORS' && api.may(['gdpr.read']);
  useEffect(() => {
    if (!hasProof) return;
    void attempt(async () => setSigned(await api.call('getCertificate', { path: { requestId } })));
  }, [api, requestId, hasProof, attempt]);
  const tables = Object.values(receipt?.rowsByTable ?? {}).filter((rows) => rows > 0);
  const rows = tables.reduce((sum, count) => sum + count, 0);
  if (rows === 0) return <Alert type="info">{texts.say('anonymized.nothing')}</Alert>;
  const again = receipt?.residue ? texts.say('anonymized.residue', { count: receipt.residue }) : undefined;
  return (
    <SpaceBetween size="m">
      <Alert type={again ? 'warning' : 'success'} header={again ?? texts.say(`anonymized.done.${view.subjectKind}`)}>
        {texts.say('anonymized.rows', { rows, tables: tables.length })}
      </Alert>
      {(['rowsByTable', 'mentions', 'lookalikes'] as const).map((part) => (
        <LineList key={part} title={texts.say(`anonymized.${part}`)} lines={countLines(texts, receipt?.[part])} />
      ))}
      <ProblemAlert problem={problem} />
      {signed && <Held retained={signed.certificate.retained} />}
      {signed && <Proof requestId={requestId} signed={signed} />}
    </SpaceBetween>
  );
}

const countLines = (texts: Texts, counts: Readonly<Record<string, number>> = {}): string[] =>
  Object.entries(counts).flatMap(([place, count]) => (count > 0 ? [`${place}: ${texts.number(count)}`] : []));

/** Stores that share a line, so that there are four at most. */
const LINES: Readonly<Record<string, 'engines' | 'copies' | 'files'>> = {
  engines: 'engines',
  'portal-backups': 'copies',
  'portal-wal': 'copies',
  'portal-pages': 'copies',
  'portal-history-files': 'files',
};

/** The stores that still hold the name, and until when; each can be opened for details (R17). */
function Held({ retained }: { readonly retained: readonly Retained[] }) {
  const { texts } = useApp();
  const lines = Map.groupBy(retained, ({ store }) => LINES[store] ?? 'places');
  return (
    <div>
      <p>
        <strong>{texts.say('anonymized.held')}</strong>
      </p>
      <LineList
        lines={[...lines].map(([line, entries]) => `${texts.say(`held.${line}`)}: ${untilText(texts, entries)}`)}
      />
      <LineList
        title={texts.say('details')}
        lines={retained.map((entry) => {
          const { store, why, places = [] } = entry;
          const where = [places.join(', '), why].filter(Boolean).join(': ');
          return `${texts.ofCode('store', store) ?? store}: ${untilText(texts, [entry])} (${where})`;
        })}
      />
    </div>
  );
}

/** The latest end; a store whose end is not configured has none. */
function untilText(texts: Texts, entries: readonly Retained[]): string {
  const ends = entries.map(({ until }) => until);
  if (ends.includes(null)) return texts.say('anonymized.noEnd');
  return texts.say('anonymized.until', { time: texts.day(ends.map(String).sort().at(-1)!) });
}

/** The certificate as a file, and the key of its commitment, which the API gives once. */
function Proof({ requestId, signed }: { readonly requestId: string; readonly signed: SignedCertificate }) {
  const { api, texts } = useApp();
  const { problem, busy, attempt } = useAttempts();
  const [taken, setTaken] = useState(false);
  const name = `gdpr-certificate-${requestId}`;
  const savePage = () =>
    attempt(async () => saveFile(`${name}.html`, 'text/html', await api.certificatePage(requestId)));
  const takeKey = () =>
    attempt(async () => {
      const nonce = await api.call('takeNonce', { path: { requestId } });
      saveFile(`${name}.key.json`, 'application/json', JSON.stringify(nonce));
      setTaken(true);
    });
  return (
    <SpaceBetween size="xs">
      <SpaceBetween size="xs" direction="horizontal">
        <Button iconName="download" onClick={savePage}>
          {texts.say('certificate.save')}
        </Button>
        <Button
          iconName="download"
          onClick={() => saveFile(`${name}.json`, 'application/json', JSON.stringify(signed, null, 2))}
        >
          {texts.say('certificate.json')}
        </Button>
        {api.may(['gdpr.anonymize']) && (
          <Button iconName="key" loading={busy} disabled={taken} onClick={takeKey}>
            {texts.say('certificate.key')}
          </Button>
        )}
      </SpaceBetween>
      <ProblemAlert problem={problem} />
      <p>{texts.say('certificate.explained')}</p>
    </SpaceBetween>
  );
}

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
