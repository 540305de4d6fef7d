import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import Pagination from '@cloudscape-design/components/pagination';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import TextFilter from '@cloudscape-design/components/text-filter';
import { useEffect, useMemo, useState } from 'react';
import type { RequestSummary } from '../client/types.ts';
import { useApp } from './app/app-context.ts';
import { ProblemAlert } from './app/problem-alert.tsx';
import { useAttempts } from './app/use-attempt.ts';
import { StateBadge } from './request-page/run-view.tsx';

/** What an operator looks for. */
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

const PAGE = 25;
/** The list is read this far back; older ones are found by their reference. */
const MAX_READ = 1000;

/** Requests that may be seen, newest first (R31). Whom they are about is told nowhere. */
export function RequestsPage() {
  const { api, texts } = useApp();
  const [requests, setRequests] = useState<readonly RequestSummary[]>([]);
  const [{ text, filter, page }, setSearch] = useState({ text: '', filter: 'all' as FilterName, page: 1 });
  const { busy, problem, attempt } = useAttempts();
  const [round, setRound] = useState(0);

  useEffect(() => {
    let over = false;
    void attempt(async () => {
      const read: RequestSummary[] = [];
      let cursor: string | undefined;
      do {
        const query = { limit: 100, ...(cursor !== undefined && { cursor }) };
        const answer = await api.call('listRequests', { query });
        read.push(...answer.requests);
        if (over) return;
        setRequests([...read]);
        cursor = answer.next;
      } while (cursor !== undefined && read.length < MAX_READ);
    });
    return () => {
      over = true;
    };
  }, [api, attempt, round]);

  const found = useMemo(() => {
    const words = text.trim().toLowerCase();
    const holds = ({ reference = '', requestId, ticket }: RequestSummary) =>
      `${reference} ${requestId} ${ticket?.key ?? ''}`.toLowerCase().includes(words);
    return requests.filter((request) => FILTERS[filter](request) && holds(request));
  }, [requests, text, filter]);
  const pages = Math.max(1, Math.ceil(found.length / PAGE));
  const options = (Object.keys(FILTERS) as FilterName[]).map((value) => ({
    value,
    label: texts.say(`filter.${value}`),
  }));
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
            counter={`(${texts.count(found.length)})`}
            description={texts.say('requests.description')}
            actions={
              <Button
                iconName="refresh"
                ariaLabel={texts.say('requests.refresh')}
                loading={busy}
                onClick={() => setRound(round + 1)}
              />
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
            <Select
              ariaLabel={texts.say('requests.filter')}
              options={options}
              selectedOption={options.find(({ value }) => value === filter)!}
              onChange={({ detail }) => setSearch({ text, filter: detail.selectedOption.value as FilterName, page: 1 })}
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
        empty={<Box textAlign="center">{texts.say(requests.length === 0 ? 'requests.none' : 'requests.noMatch')}</Box>}
        items={found.slice((page - 1) * PAGE, page * PAGE)}
        trackBy="requestId"
        columnDefinitions={[
          {
            id: 'reference',
            header: texts.say('facts.reference'),
            isRowHeader: true,
            cell: ({ requestId, reference, ticket }) => (
              <Link href={`#/requests/${requestId}`}>{reference ?? ticket?.key ?? requestId.slice(0, 8)}</Link>
            ),
          },
          {
            id: 'kind',
            header: texts.say('requests.kind'),
            cell: ({ kind, subjectKind }) => texts.say(`request.kind.${kind}.${subjectKind}`),
          },
          { id: 'state', header: texts.say('column.state'), cell: ({ state }) => <StateBadge state={state} /> },
          {
            id: 'needs',
            header: texts.say('requests.needs'),
            cell: ({ needs }) => (needs ? texts.say(`needs.${needs}`) : ''),
          },
          { id: 'started', header: texts.say('facts.started'), cell: ({ createdAt }) => texts.instant(createdAt) },
          { id: 'due', header: texts.say('requests.due'), cell: (request) => <Due request={request} /> },
        ]}
      />
      {requests.length >= MAX_READ && <Alert type="info">{texts.say('requests.cut', { count: MAX_READ })}</Alert>}
    </SpaceBetween>
  );
}

function Due({ request: { dueAt, daysLeft, needs } }: { readonly request: RequestSummary }) {
  const { texts } = useApp();
  if (needs === undefined || daysLeft === undefined) return texts.day(dueAt);
  return (
    <Box
      color={daysLeft < 0 ? 'text-status-error' : 'inherit'}
    >{`${texts.day(dueAt)} (${texts.daysLeft(daysLeft)})`}</Box>
  );
}
