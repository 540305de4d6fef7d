import type { RequestSummary } from '../../client/types.ts';
import type { Api } from '../api.ts';
import { find, rowHead, showProblem, tableRow, timeElement } from '../dom.ts';
import { requestLink, STATES } from './request-facts.ts';

/** Requests that are shown at once. */
const PAGE = 20;

/** The list of Requests that the Caller may see, newest first. It tells references and tickets, never a name. */
export class RequestList {
  readonly #api: Api;
  readonly #root = find(document, '#requests');
  readonly #more = find<HTMLButtonElement>(this.#root, '.more');
  #cursor: string | undefined;
  /** One more with each opening, so that an answer that comes late is not shown. */
  #opening = 0;

  constructor(api: Api) {
    this.#api = api;
    this.#more.addEventListener('click', () => void this.#load());
  }

  show(): void {
    this.leave();
    void this.#load();
  }

  /** Forgets what was shown. */
  leave(): void {
    this.#opening += 1;
    this.#cursor = undefined;
    this.#more.hidden = true;
    find(this.#root, 'table').hidden = true;
    find(this.#root, 'tbody').replaceChildren();
    find(this.#root, '.problem').replaceChildren();
    find(this.#root, '.summary').textContent = '';
  }

  async #load(): Promise<void> {
    const opening = this.#opening;
    this.#more.disabled = true;
    find(this.#root, '.problem').replaceChildren();
    try {
      const query = { limit: PAGE, ...(this.#cursor !== undefined && { cursor: this.#cursor }) };
      const { requests, next } = await this.#api.call('listRequests', { query });
      if (opening === this.#opening) this.#append(requests, next);
    } catch (error) {
      if (opening === this.#opening) showProblem(find(this.#root, '.problem'), error);
    } finally {
      this.#more.disabled = false;
    }
  }

  #append(requests: readonly RequestSummary[], next: string | undefined): void {
    const body = find(this.#root, 'tbody');
    const isFirst = body.childElementCount === 0;
    const rows = requests.map(rowOf);
    body.append(...rows);
    this.#cursor = next;
    const count = body.childElementCount;
    find(this.#root, 'table').hidden = count === 0;
    find(this.#root, '.summary').textContent = count === 0 ? 'There are no requests yet.' : `Shown: ${count}`;
    this.#more.hidden = next === undefined;
    if (!isFirst) rows[0]?.querySelector('a')?.focus(); // on with what is new, also when the button is gone
  }
}

const rowOf = ({ requestId, kind, subjectKind, ticket, reference, state, createdAt, dueAt }: RequestSummary) =>
  tableRow(
    rowHead(requestLink(requestId, ticket?.key ?? reference ?? requestId)),
    `${kind}, ${subjectKind}`,
    STATES[state].text,
    timeElement(createdAt),
    timeElement(dueAt),
  );
