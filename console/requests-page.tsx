import {
  Alert,
  Box,
  Button,
  Header,
  Link,
  Pagination,
  SpaceBetween,
  Table,
  TextFilter,
} from '@cloudscape-design/components';
import { useEffect, useState } from 'react';
import type { RequestSummary } from '../client/types.ts';
import { useApp, useAttempts } from './app/hooks.ts';
import { Choice, columnsOf, ProblemAlert, saveFile } from './app/parts.tsx';
import type { TextKey, Texts } from './app/texts.ts';
import { StateBadge } from './request-page/run-view.tsx';

const FILTERS = {
  all: () => true,
  needsMe: ({ needs }) => needs !== undefined && needs !== 'result',
  overdue: ({ needs, daysLeft = 0 }) => needs !== undefined && daysLeft < 0,
  atWork: ({ needs }) => needs === 'result',
  incomplete: ({ state }) => state === 'COMPLETED_WITH_ERRORS',
  handover: ({ needs }) => needs === 'handover',
  closed: ({ needs }) => needs === undefined,
} as const satisfies Record<string, (request: RequestSummary) => boolean>;
type FilterName = keyof typeof FILTERS;

const ALL = { text: '', filter: 'all' as FilterName, page: 1 };
/** For who comes Back to where the history of the browser is marked; in memory alone, since it may hold a name (R24). */
let lastSearch = ALL;

const PAGE = 25;
/** The list is read this far back; older ones are found by their reference. */
const MAX_READ = 1000;

/** Requests that the caller may see, newest first (R31). Names are never shown in this list. */
export function RequestsPage() {
  const { api, texts } = useApp();
  const [requests, setRequests] = useState<readonly RequestSummary[]>([]);
  const [{ text, filter, page: wanted }, search] = useState(history.state ? lastSearch : ALL);
  const setSearch = (next: typeof ALL) => {
    lastSearch = next;
    if (!history.state) history.replaceState('searched', '');
    search(next);
  };
  const { busy, problem, attempt } = useAttempts();
  const [round, setRound] = useState(0);

  useEffect(() => {
    const left = new AbortController();
    void attempt(async () => {
      const read: RequestSummary[] = [];
      let cursor: string | undefined;
      do {
        const query = { limit: 100, ...(cursor !== undefined && { cursor }) };
        const answer = await api.call('listRequests', { query });
        read.push(...answer.requests);
        if (left.signal.aborted) return;
        setRequests([...read]);
        cursor = answer.next;
      } while (cursor !== undefined && read.length < MAX_READ);
    });
    return () => left.abort();
  }, [api, attempt, round]);

  const words = text.trim().toLowerCase();
  const holds = ({ reference = '', requestId, ticket }: RequestSummary) =>
    `${reference} ${requestId} ${ticket?.key ?? ''}`.toLowerCase().includes(words);
  const found = requests.filter((request) => FILTERS[filter](request) && holds(request));
  const pages = Math.max(1, Math.ceil(found.length / PAGE));
  const page = Math.min(wanted, pages);
  return (
    <SpaceBetween size="m">
      <ProblemAlert problem={problem} />
      <Table
        variant="full-page"
        wrapLines
        stickyHeader
        loading={busy && requests.length === 0}
        loadingText={texts.say('loading')}
        ariaLabels={{ tableLabel: texts.say('requests.title') }}
        header={
          <Header
            variant="h1"
            counter={`(${texts.number(found.length)})`}
            description={texts.say('requests.description')}
            actions={
              <SpaceBetween size="xs" direction="horizontal">
                <Button iconName="download" disabled={found.length === 0} onClick={() => saveCsv(texts, found)}>
                  {texts.say('requests.export')}
                </Button>
                <Button
                  iconName="refresh"
                  ariaLabel={texts.say('requests.refresh')}
                  loading={busy}
                  onClick={() => setRound(round + 1)}
                />
              </SpaceBetween>
            }
          >
            {texts.say('requests.title')}
          </Header>
        }
        filter={
          <div className="filters">
            <TextFilter
              filteringText={text}
              filteringPlaceholder={texts.say('requests.search')}
              filteringAriaLabel={texts.say('requests.search')}
              countText={texts.say('requests.matches', { count: found.length })}
              onChange={({ detail }) => setSearch({ text: detail.filteringText, filter, page: 1 })}
            />
            <Choice
              label={texts.say('requests.filter')}
              values={Object.keys(FILTERS) as FilterName[]}
              say={(value) => texts.say(`filter.${value}`)}
              chosen={filter}
              onChoose={(value) => setSearch({ text, filter: value, page: 1 })}
            />
          </div>
        }
        pagination={
          <Pagination
            currentPageIndex={page}
            pagesCount={pages}
            onChange={({ detail }) => setSearch({ text, filter, page: detail.currentPageIndex })}
          />
        }
        empty={problem ? '–' : texts.say(requests.length === 0 ? 'requests.none' : 'requests.noMatch')}
        items={found.slice((page - 1) * PAGE, page * PAGE)}
        trackBy="requestId"
        columnDefinitions={columnsOf<RequestSummary>(texts, [
          ['facts.reference', (request) => <Link href={`#/requests/${request.requestId}`}>{titleOf(request)}</Link>],
          ['requests.kind', ({ kind, subjectKind }) => texts.say(`request.kind.${kind}.${subjectKind}`), 160],
          ['column.state', ({ state }) => <StateBadge state={state} />, 200],
          ['requests.needs', ({ needs }) => (needs ? texts.say(`needs.${needs}`) : '')],
          ['facts.started', ({ createdAt }) => texts.instant(createdAt)],
          ['requests.due', (request) => <Due request={request} />],
        ])}
      />
      {requests.length >= MAX_READ && <Alert type="info">{texts.say('requests.cut', { count: MAX_READ })}</Alert>}
    </SpaceBetween>
  );
}

const titleOf = ({ requestId, reference, ticket }: RequestSummary): string =>
  reference ?? ticket?.key ?? requestId.slice(0, 8);

function Due({ request: { dueAt, deadline, daysLeft, needs } }: { readonly request: RequestSummary }) {
  const { texts } = useApp();
  const day = texts.day(dueAt, deadline.zone ?? 'UTC');
  if (needs === undefined || daysLeft === undefined) return day;
  return <Box color={daysLeft < 0 ? 'text-status-error' : 'inherit'}>{`${day} (${texts.daysLeft(daysLeft)})`}</Box>;
}

/** Saves the list as it is filtered, without names (R24); no cell begins as a formula does. */
function saveCsv(texts: Texts, requests: readonly RequestSummary[]): void {
  const columns: readonly (readonly [TextKey, (request: RequestSummary) => string])[] = [
    ['facts.request', ({ requestId }) => requestId],
    ['facts.reference', ({ reference, ticket }) => reference ?? ticket?.key ?? ''],
    ['requests.kind', ({ kind, subjectKind }) => texts.say(`request.kind.${kind}.${subjectKind}`)],
    ['column.state', ({ state }) => texts.say(`state.${state}`)],
    ['facts.started', ({ createdAt }) => createdAt],
    ['requests.due', ({ dueAt }) => dueAt],
  ];
  const rows = requests.map((request) => columns.map(([, text]) => text(request)));
  const cell = (text: string) => `"${text.replace(/^[=+\-@\t\r]/, "'$&").replaceAll('"', '""')}"`;
  const lines = [columns.map(([head]) => texts.say(head)), ...rows].map((row) => row.map(cell).join(','));
  saveFile('gdpr-requests.csv', 'text/csv', `\ufeff${lines.join('\r\n')}`);
}
