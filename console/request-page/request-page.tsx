import { Button, Container, Header, KeyValuePairs, Link, SpaceBetween } from '@cloudscape-design/components';
import { useEffect, useState } from 'react';
import type { EventsView, RequestView } from '../../client/types.ts';
import { type Api, ProblemError } from '../app/api.ts';
import { useApp, useAttempts } from '../app/hooks.ts';
import { DataTable, ProblemAlert } from '../app/parts.tsx';
import type { Texts } from '../app/texts.ts';
import { RunView, useRequest } from './run-view.tsx';
import { type ActionName, actionsOn, hasEnded, isPaused, type Onlooker } from './states.ts';
import { StepDialog } from './step-dialog.tsx';

/** What the page is there for in the state that allows it. */
const PRIMARY: readonly ActionName[] = ['download', 'login', 'approve'];

/** The page of one request, which is its run: what is known of it, and what can be done (R31). */
export function RequestPage({ requestId }: { readonly requestId: string }) {
  const { api, texts } = useApp();
  const followed = useRequest(requestId);
  const { view } = followed;
  const trail = useTrail(view);
  const [step, setStep] = useState<Exclude<ActionName, 'download'>>();
  const { problem, attempt } = useAttempts();
  if (!view)
    return (
      <SpaceBetween size="l">
        <Header variant="h1">{texts.say('request.title')}</Header>
        {followed.problem ? <ProblemAlert problem={followed.problem} /> : <RunView followed={followed} />}
      </SpaceBetween>
    );
  const act = (name: ActionName) => (name === 'download' ? void attempt(() => api.download(requestId)) : setStep(name));
  const names = trail ? actionsOn(view, { ...trail, may: (anyOf) => api.may(anyOf) }) : [];
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description={texts.say(`request.about.${view.kind}.${view.subjectKind}`)}
        actions={
          <SpaceBetween size="xs" direction="horizontal">
            {names.map((name) => (
              <Button key={name} variant={PRIMARY.includes(name) ? 'primary' : 'normal'} onClick={() => act(name)}>
                {texts.say(`action.${name}`)}
              </Button>
            ))}
          </SpaceBetween>
        }
      >
        {view.reference ?? texts.say('request.title')}
      </Header>
      <ProblemAlert problem={problem ?? followed.problem} />
      <Container header={<Header variant="h2">{texts.say(hasEnded(view.state) ? 'run.ended' : 'run.title')}</Header>}>
        <RunView followed={followed} tells={trail !== undefined && trail.isOwn !== false} />
      </Container>
      <Container header={<Header variant="h2">{texts.say('deadline.title')}</Header>}>
        {deadlineLines(texts, view).map((line) => (
          <p key={line}>{line}</p>
        ))}
      </Container>
      <Container header={<Header variant="h2">{texts.say('facts.title')}</Header>}>
        <Facts view={view} />
      </Container>
      <Container header={<Header variant="h2">{texts.say('trail.title')}</Header>}>
        {trail && <TrailTable trail={trail} />}
      </Container>
      {step && <StepDialog name={step} view={view} onDone={followed.put} onClose={() => setStep(undefined)} />}
    </SpaceBetween>
  );
}

/** The deadline in sentences: the end first, then what moved it. */
function deadlineLines(texts: Texts, view: RequestView): string[] {
  const { dueAt, deadline, daysLeft, handover } = view;
  const { receivedAt, pauses, extension } = deadline;
  const present = pauses.find(({ to }) => to === undefined);
  const first =
    handover || daysLeft === undefined ? 'deadline.was' : isPaused(view) ? 'deadline.ifResumed' : 'deadline.is';
  const due = { time: texts.day(dueAt, deadline.zone ?? 'UTC'), left: texts.daysLeft(daysLeft ?? 0) };
  return [
    texts.say(first, due),
    ...(present ? [texts.say(`deadline.paused.${present.reason}`, { from: texts.instant(present.from) })] : []),
    ...(handover ? [texts.say(`deadline.handedOver.${handover.to}`, { time: texts.day(handover.at) })] : []),
    texts.say('deadline.received', { time: texts.day(receivedAt) }),
    ...pauses.flatMap(({ from, to, reason }) =>
      to ? [texts.say(`deadline.wasPaused.${reason}`, { from: texts.instant(from), to: texts.instant(to) })] : [],
    ),
    ...[extension ?? []]
      .flat()
      .map(({ reason, months, at }) => texts.say(`deadline.extended.${reason}`, { months, time: texts.instant(at) })),
  ];
}

/** What is known of a request, as terms and descriptions; whom it is about is not among it. */
function Facts({ view }: { readonly view: RequestView }) {
  const { api, texts } = useApp();
  const { requestId, reference, ticket, followUpOf, attempt, createdAt, updatedAt, approvedAt, denialReason } = view;
  const duplicates = api.duplicatesOf(requestId);
  const link = (id: string) => (
    <Link key={id} href={`#/requests/${id}`}>
      {id}
    </Link>
  );
  const others = (duplicates?.duplicates.length ?? 0) + (duplicates?.otherDuplicates ?? 0);
  const facts = {
    sources: view.sources.map((source) => texts.say(`sources.${source}`)).join(', '),
    reference,
    note: view.note,
    ticket: ticket && `${ticket.key} (${ticket.connectionId})`,
    follows: followUpOf && link(followUpOf),
    others: others > 0 && [...duplicates!.duplicates.map(link), ' ', texts.say('facts.otherCount', { count: others })],
    started: texts.instant(createdAt),
    changed: texts.instant(updatedAt),
    attempt: attempt > 1 && texts.number(attempt),
    approved: approvedAt && texts.instant(approvedAt),
    denied: denialReason && texts.say(`denial.${denialReason}`),
    account: view.accountPrivacy === 'unverified' && texts.say('facts.unverified'),
    archive: archiveText(texts, view),
    request: requestId,
  };
  const items = (Object.keys(facts) as (keyof typeof facts)[]).flatMap((name) =>
    facts[name] ? [{ label: texts.say(`facts.${name}`), value: facts[name] }] : [],
  );
  return <KeyValuePairs columns={3} items={items} />;
}

function archiveText(texts: Texts, { archive, destroyedAt, sweptAt }: RequestView): string | undefined {
  if (destroyedAt) return texts.say('archive.deletedAt', { time: texts.instant(destroyedAt) });
  const size = archive && texts.size(archive.byteLength);
  if (size && sweptAt) return texts.say('archive.swept', { size });
  return size && texts.say('archive.keptUntil', { size, time: texts.instant(archive.expiresAt) });
}

type Entry = EventsView['events'][number];

/** The audit trail, without entries when it could not be read, and what it tells of the onlooker. */
type Trail = Pick<Onlooker, 'isOwn' | 'isRequester'> & { readonly events?: readonly Entry[] };

/** Reads the audit trail, which only the requester and named recipients get. @throws {ProblemError} nothing answered */
async function readTrail(api: Api, requestId: string): Promise<Trail> {
  try {
    const events: Entry[] = [];
    for (let after: number | undefined = 0; after !== undefined; ) {
      const page: EventsView = await api.call('listEvents', { path: { requestId }, query: { after } });
      events.push(...page.events);
      after = page.next;
    }
    const { id } = api.session.person;
    return { events, isOwn: true, ...(id !== undefined && { isRequester: events[0]?.by.id === id }) };
  } catch (error) {
    if (!(error instanceof ProblemError) || error.status === 401 || error.isOutage) throw error;
    return { events: [], ...(error.status === 404 && { isOwn: false, isRequester: false }) };
  }
}

/** The audit trail, read again whenever the request has changed; it tells whose the request is. */
function useTrail(view: RequestView | undefined): Trail | undefined {
  const { api } = useApp();
  const [trail, setTrail] = useState<Trail>();
  const change = view && `${view.requestId} ${view.updatedAt} ${view.state}`;
  useEffect(() => {
    if (!view) return;
    const left = new AbortController();
    readTrail(api, view.requestId).then(
      (read) => !left.signal.aborted && setTrail(read),
      () => !left.signal.aborted && setTrail((before) => before ?? {}), // the run says when nothing answers
    );
    return () => left.abort();
  }, [api, change]);
  return trail;
}

/** When what happened, and who did it: opaque ids, never names. */
function TrailTable({ trail }: { readonly trail: Trail }) {
  const { api, texts } = useApp();
  const { id } = api.session.person;
  const who = ({ by }: Entry) => (by.id === id ? texts.say('trail.you') : texts.say(`trail.${by.role}`, { id: by.id }));
  if (!trail.events?.length) return <p>{texts.say(trail.events ? 'trail.closed' : 'trail.away')}</p>;
  return (
    <DataTable
      label={texts.say('trail.title')}
      rows={trail.events}
      columns={[
        ['trail.number', ({ seq }) => seq],
        ['trail.when', ({ at }) => texts.instant(at)],
        [
          'trail.what',
          ({ what, error }) => [texts.say(`event.${what}`), error && texts.reason(error)].filter(Boolean).join(': '),
        ],
        ['trail.who', who],
      ]}
    />
  );
}
