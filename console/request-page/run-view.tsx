import { Alert, ProgressBar, SpaceBetween } from '@cloudscape-design/components';
import { useEffect, useState } from 'react';
import type { RequestState } from '../../client/shapes.ts';
import type { DeviceView, RequestView, SourceProgress } from '../../client/types.ts';
import { ProblemError, type SeenView } from '../app/api.ts';
import { useApp } from '../app/hooks.ts';
import { type Column, DataTable, LineList, Status } from '../app/parts.tsx';
import type { Texts } from '../app/texts.ts';
import { Anonymized, Rehearsed, Retrieved } from './outcomes.tsx';
import { hasEnded, isAtWork, isDone, isWaiting, missingSources, SOURCE_STATES, STATES } from './states.ts';

/** When the API answered last, milliseconds; `lost` from then on while nothing answers; a problem when it refuses. */
type Contact = { readonly seenAt: number; readonly lost: boolean; readonly problem?: ProblemError };

/** Pause between looks, milliseconds; the API itself waits for a change. */
const PAUSE = 700;
/** The same while nothing answers. */
const LOST_PAUSE = 2000;

/**
 * Follows a request until it has ended; it says when nothing answers, and tries again.
 * @returns the request once it was read, and `put`, which goes on from the request as a step left it
 */
export function useRequest(requestId: string, started?: RequestView) {
  const { api } = useApp();
  const [seen, setSeen] = useState<SeenView | undefined>(started && { view: started });
  const [state, setState] = useState<Contact>({ seenAt: Date.now(), lost: false });
  const [round, setRound] = useState(0);

  useEffect(() => {
    const aborter = new AbortController();
    const { signal } = aborter;
    let last = seen;
    const lose = () => setState((before) => ({ ...before, lost: true }));
    addEventListener('offline', lose);
    const look = async (): Promise<void> => {
      while (!signal.aborted) {
        try {
          last = await api.nextView(requestId, last, signal);
          if (signal.aborted) return;
          setSeen(last);
          setState({ seenAt: Date.now(), lost: false });
          if (hasEnded(last.view.state)) return;
          await pause(PAUSE);
        } catch (error) {
          if (signal.aborted) return;
          if (!(error instanceof ProblemError)) throw error;
          if (!error.isOutage) return setState((before) => ({ ...before, lost: false, problem: error }));
          lose();
          await pause(LOST_PAUSE);
        }
      }
    };
    void look();
    return () => {
      aborter.abort();
      removeEventListener('offline', lose);
    };
  }, [api, requestId, round]);

  const put = (view: RequestView) => {
    setSeen({ view });
    setRound((before) => before + 1);
  };
  return { view: seen?.view, ...state, put };
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

export function StateBadge({ state }: { readonly state: RequestState }) {
  const { texts } = useApp();
  return <Status look={STATES[state].look}>{texts.say(`state.${state}`)}</Status>;
}

type RunProps = { followed: ReturnType<typeof useRequest>; tells?: boolean; starts?: boolean };

/**
 * The run of a request: its state, how far each source is, what went wrong (R6, R12), and what came of it.
 * @param tells false where what came of it is for others
 * @param starts true where the download of an archive starts by itself (R8)
 */
export function RunView({ followed: { view, lost, seenAt }, tells = true, starts = false }: RunProps) {
  const { texts } = useApp();
  if (!view) return lost ? <LostAlert seenAt={seenAt} /> : <Status look="loading">{texts.say('loading')}</Status>;
  return (
    <SpaceBetween size="m">
      {lost && <LostAlert seenAt={seenAt} />}
      <div role="status" aria-live="polite">
        <StateBadge state={view.state} /> <p>{summary(texts, view)}</p>
      </div>
      {view.state === 'RUNNING' && view.estimate && (
        <ProgressBar
          value={Math.floor(view.estimate.share * 100)}
          label={texts.say('run.share')}
          additionalInfo={texts.timeLeft(view.estimate.secondsLeft)}
        />
      )}
      <MissingAlert view={view} />
      {tells && isDone(view.state) && view.kind === 'retrieve' && <Retrieved view={view} starts={starts} />}
      {tells && isDone(view.state) && view.kind === 'anonymize' && <Anonymized view={view} />}
      {tells && isDone(view.state) && view.kind === 'rehearse' && <Rehearsed view={view} />}
      {view.removal && <Checklist removal={view.removal} />}
      {view.progress.length > 0 && <SourceTable progress={view.progress} atWork={isAtWork(view.state)} />}
    </SpaceBetween>
  );
}

function summary(texts: Texts, view: RequestView): string {
  const { state, failure, places = [], waitsUntil, progress, removal } = view;
  if (state === 'FAILED' && failure) return [texts.reason(failure), ...places, texts.say('run.again')].join(' ');
  if (state === 'VERIFYING') {
    const next = waitsUntil && texts.say('run.nextAttempt', { time: texts.instant(waitsUntil) });
    return [failure && texts.reason(failure), next].filter(Boolean).join(' ');
  }
  if (state === 'AWAITING_REMOVAL')
    return texts.say(removal && !removal.nextCheckAt ? 'removal.byHand' : 'removal.now');
  if (waitsUntil && isWaiting(state)) return texts.say('run.waitsUntil', { time: texts.instant(waitsUntil) });
  if (!isAtWork(state) || progress.length === 0) return '';
  const settled = progress.filter((source) => source.state !== 'PENDING' && source.state !== 'RUNNING').length;
  return texts.say('run.settled', { settled, count: progress.length });
}

function LostAlert({ seenAt }: { readonly seenAt: number }) {
  const { texts } = useApp();
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0, Math.round((now - seenAt) / 1000));
  return (
    <div role="alert">
      <Alert type="warning" header={texts.say('run.lost')}>
        {texts.say('run.lastSeen', { ago: texts.duration(seconds) })}
      </Alert>
    </div>
  );
}

function MissingAlert({ view }: { readonly view: RequestView }) {
  const { texts } = useApp();
  const missing = missingSources(view.progress);
  if (missing.length === 0) return null;
  const isPart = view.state === 'COMPLETED_WITH_ERRORS';
  return (
    <Alert type="warning" header={texts.say(isPart ? 'missing.archive' : 'missing.title')}>
      <LineList
        lines={missing.map((source) => (
          <span key={source.sourceId}>
            <strong>{source.name}</strong>: {remark(texts, source)}{' '}
            {(isPart || !hasEnded(view.state)) && nextStep(texts, source)}
          </span>
        ))}
      />
    </Alert>
  );
}

function nextStep(texts: Texts, { state, gaps = 0 }: SourceProgress): string {
  if (SOURCE_STATES[state].missing) return texts.ofCode('source.next', state) ?? '';
  return gaps > 0 ? texts.say('source.gaps', { gaps }) : '';
}

function remark(texts: Texts, { state, phase, current, window, reason, waitsUntil }: SourceProgress): string {
  // The reason says more than the state; one that is new to this page leaves the state.
  if (state !== 'RUNNING') return (reason && texts.ofCode('reason', reason)) ?? texts.say(`source.${state}`);
  if (waitsUntil) return texts.say('source.waits', { time: texts.instant(waitsUntil) });
  const at = current && (window ? `${current}, ${texts.day(window.from)} – ${texts.day(window.to)}` : current);
  return [phase ? texts.say(`phase.${phase}`) : texts.say('source.RUNNING'), at].filter(Boolean).join(': ');
}

function SourceTable({ progress, atWork }: { readonly progress: readonly SourceProgress[]; readonly atWork: boolean }) {
  const { texts } = useApp();
  const share: Column<SourceProgress> = [
    'run.share',
    ({ share: done, secondsLeft }) =>
      done === undefined
        ? ''
        : [texts.number(done, { style: 'percent' }), texts.timeLeft(secondsLeft)].filter(Boolean).join(', '),
  ];
  return (
    <DataTable
      label={texts.say('run.sources')}
      rows={progress}
      columns={[
        ['run.source', ({ name }) => name],
        [
          'column.state',
          ({ state }) => <Status look={SOURCE_STATES[state].look}>{texts.say(`source.short.${state}`)}</Status>,
        ],
        ['column.rows', ({ rows }) => texts.number(rows), 80],
        ['column.size', ({ bytes }) => (bytes > 0 ? texts.size(bytes) : ''), 90],
        ...(atWork ? [share] : []),
        ['column.remark', (source) => remark(texts, source), 200],
      ]}
    />
  );
}

type Removal = NonNullable<RequestView['removal']> | DeviceView;
const HOLDS = { HELD: 'pending', ABSENT: 'success', UNKNOWN: 'error' } as const;

/** Which Engines hold a device, and what is to be done there by hand (R28); with names where somebody has just looked. */
export function Checklist({ removal }: { readonly removal: Removal }) {
  const { texts } = useApp();
  const { checkedAt, nextCheckAt, engines, accountScope } = removal;
  const held = engines.filter(({ state }) => state === 'HELD').length;
  const found = (place: Removal['engines'][number]) => {
    if (!('devices' in place)) return place.heldAt && texts.instant(place.heldAt);
    const lines = place.devices.map(({ name, meant, lastSeen, storagePolicy: storage = '–', users = [] }) => {
      const values = { seen: lastSeen ? texts.day(lastSeen) : '–', storage, users: users.join(', ') || '–' };
      return texts.say(meant ? 'removal.device' : 'removal.perhaps', { name, ...values });
    });
    return <LineList lines={lines} />;
  };
  return (
    <SpaceBetween size="s">
      <p role="status">
        {texts.say('removal.checked', { time: texts.instant(checkedAt), held, count: engines.length })}{' '}
        {nextCheckAt && texts.say('removal.next', { time: texts.instant(nextCheckAt) })}{' '}
        {accountScope === 'unverified' && texts.say('removal.unverified')}
      </p>
      <DataTable
        label={texts.say('removal.engines')}
        rows={engines}
        columns={[
          ['engines.engine', ({ name }) => name],
          ['column.state', ({ state }) => <Status look={HOLDS[state]}>{texts.say(`removal.${state}`)}</Status>],
          ['removal.found', (place) => (place.reason ? texts.reason(place.reason) : found(place)), 240],
          ['removal.open', ({ open }) => <LineList lines={open.map((step) => texts.say(`removal.${step}`))} />, 240],
        ]}
      />
    </SpaceBetween>
  );
}
