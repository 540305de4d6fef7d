import { useEffect, useState } from 'react';
import type { EventsView, RequestView } from '../../client/types.ts';
import { type Api, ProblemError } from '../app/api.ts';
import { useApp } from '../app/app-context.ts';
import { DataTable } from '../app/data-table.tsx';

type Entry = EventsView['events'][number];

/** The audit trail of a request as far as it may be seen, and what it tells of who looks at it. */
interface Trail {
  readonly events: readonly Entry[];
  /** Absent when it is not known: the scopes do not reach to the trail. */
  readonly isOwn?: boolean;
  readonly isRequester?: boolean;
}

/** Reads the audit trail, which only who asked and named recipients get. @throws {ProblemError} nothing answered */
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
export function useTrail(view: RequestView | undefined): Trail | undefined {
  const { api } = useApp();
  const [trail, setTrail] = useState<Trail>();
  const change = view && `${view.requestId} ${view.updatedAt} ${view.state}`;
  useEffect(() => {
    if (!view) return;
    let over = false;
    readTrail(api, view.requestId).then(
      (read) => !over && setTrail(read),
      () => {}, // the run says when nothing answers
    );
    return () => {
      over = true;
    };
  }, [api, change]);
  return trail;
}

/** When what happened, and who did it: opaque ids, never names. */
export function TrailTable({ trail }: { readonly trail: Trail }) {
  const { api, texts } = useApp();
  const { id } = api.session.person;
  const who = ({ by }: Entry) => (by.id === id ? texts.say('trail.you') : texts.say(`trail.${by.role}`, { id: by.id }));
  if (trail.events.length === 0) return <p>{texts.say('trail.closed')}</p>;
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
