import type { EventsView } from '../../client/types.ts';
import { type Api, ProblemError } from '../api.ts';
import { element, find, timeElement } from '../dom.ts';

type Entry = EventsView['events'][number];

/** The audit trail of a Request as far as it may be seen, and what it tells of who looks at it. */
export interface Trail {
  readonly events: readonly Entry[];
  /** Absent when it is not known: the scopes do not reach to the trail. */
  readonly isOwn?: boolean;
  readonly isRequester?: boolean;
}

/** Reads the audit trail, which only who asked and named recipients get. */
export async function readTrail(api: Api, requestId: string): Promise<Trail> {
  try {
    const events: Entry[] = [];
    for (let after: number | undefined = 0; after !== undefined; ) {
      const page: EventsView = await api.call('listEvents', { path: { requestId }, query: { after } });
      events.push(...page.events);
      after = page.next;
    }
    const { id } = api.caller;
    return { events, isOwn: true, ...(id !== undefined && { isRequester: events[0]?.by.id === id }) };
  } catch (error) {
    if (!(error instanceof ProblemError) || error.problem.status === 401) throw error;
    return { events: [], ...(error.problem.status === 404 && { isOwn: false, isRequester: false }) };
  }
}

/** Shows when what happened, and who did it: opaque ids, never names. */
export function showTrail(section: HTMLElement, { events }: Trail, callerId: string | undefined): void {
  find(section, '.hint').hidden = events.length > 0;
  find(section, 'table').hidden = events.length === 0;
  find(section, 'tbody').replaceChildren(...events.map((entry) => rowOf(entry, callerId)));
}

function rowOf({ seq, at, what, by, error }: Entry, callerId: string | undefined): HTMLTableRowElement {
  const row = document.createElement('tr');
  const when = element('td', '');
  when.append(timeElement(at));
  const who = by.id === callerId ? 'you' : by.role === 'system' ? 'the system' : `a ${by.role}, ${by.id}`;
  row.append(
    element('td', String(seq), 'number'),
    when,
    element('td', [what.replaceAll('-', ' '), error].filter(Boolean).join(': ')),
    element('td', who),
  );
  return row;
}
