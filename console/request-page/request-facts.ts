import type { Duplicates } from '../../client/shapes.ts';
import type { RequestView } from '../../client/types.ts';
import { element, timeElement, timeText } from '../dom.ts';
import { sizeText } from '../work-dialog/progress-table.ts';
import { DENIALS, describeWork } from './request-words.ts';

/** The address of the page of a Request: its id, and nothing else (R24). */
export const addressOf = (requestId: string): string => `#request=${requestId}`;

/** A link to the page of a Request. @param text its id when not given */
export function requestLink(requestId: string, text: string = requestId): HTMLAnchorElement {
  const link = element('a', text);
  link.href = addressOf(requestId);
  return link;
}

/** What is known of a Request, as terms and descriptions; whom it is about is not among it. */
export function factNodes(view: RequestView, duplicates: Duplicates | undefined): Node[] {
  const { requestId, reference, ticket, followUpOf, attempt, createdAt, updatedAt } = view;
  const facts: readonly (readonly [string, string | Node | undefined])[] = [
    ['What', describeWork(view)],
    ['Sources', view.kind === 'retrieve' ? view.sources.map((source) => SOURCES[source]).join(', ') : undefined],
    ['Request', requestId],
    ['Reference', reference],
    ['Ticket', ticket && `${ticket.key} (${ticket.connectionId})`],
    ['Follows', followUpOf && requestLink(followUpOf)],
    ['Others about the same', duplicates && duplicateNode(duplicates)],
    ['Started', timeElement(createdAt)],
    ['Last change', timeElement(updatedAt)],
    ['Attempt', attempt > 1 ? String(attempt) : undefined],
    ['Approved', view.approvedAt && timeElement(view.approvedAt)],
    ['Turned down', view.denialReason && denialText(view.denialReason, view.deniedAt)],
    [
      'Account',
      view.accountPrivacy === 'full' ? undefined : 'Data privacy not verified: only the password was checked',
    ],
    ['Archive', archiveText(view)],
  ];
  return facts.flatMap(([term, description]) => {
    if (!description) return [];
    const described = element('dd', '');
    described.append(description);
    return [element('dt', term), described];
  });
}

const SOURCES = { engine: 'Engine data', portal: 'Portal data' } as const;

const denialText = (reason: keyof typeof DENIALS, at: string | undefined): string =>
  [DENIALS[reason], at && timeText(at)].filter(Boolean).join(', ');

function archiveText({ archive, destroyedAt, sweptAt }: RequestView): string | undefined {
  if (destroyedAt) return `Deleted at ${timeText(destroyedAt)}`;
  if (!archive) return undefined;
  const size = `${archive.fileName ?? 'gdpr-data.tar.gz'}, ${sizeText(archive.byteLength)}`;
  return sweptAt ? `${size}, gone since its time was over` : `${size}, kept until ${timeText(archive.expiresAt)}`;
}

/** Other Requests about the same Subject: links to those that may be seen, and how many there are besides. */
function duplicateNode({ duplicates, otherDuplicates }: Duplicates): Node | undefined {
  if (duplicates.length + otherDuplicates === 0) return undefined;
  const node = element('span', '');
  const others = otherDuplicates > 0 ? [`${otherDuplicates} that you may not see`] : [];
  const parts = [...duplicates.map((requestId) => requestLink(requestId)), ...others];
  node.append(...parts.flatMap((part, index) => (index === 0 ? [part] : [', ', part])));
  return node;
}
