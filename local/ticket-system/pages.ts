import { html, type Markup, webPage } from '../web-page.ts';
import { DESK_PEOPLE, type DeskPerson, type DeskTicket, fieldText, KINDS, SUBJECTS } from './desk.ts';

const options = (entries: readonly (readonly [value: string, shown: string])[]): Markup[] =>
  entries.map(([value, shown]) => html`<option value="${value}">${shown}</option>`);
const choice = (label: string, name: string, values: object): Markup =>
  html`<label>${label} <select name="${name}">${options(Object.keys(values).map((key) => [key, key]))}</select></label>`;
/** @param first who is chosen when nobody chooses */
const whoField = (first: DeskPerson): Markup => {
  const people = Object.entries(DESK_PEOPLE).sort(([one], [other]) => Number(other === first) - Number(one === first));
  return html`<label>You are <select name="by">${options(people.map(([id, { name }]) => [id, name]))}</select></label>`;
};
const statusOf = ({ history }: DeskTicket): string => history.at(-1)?.to ?? 'Open';
const nameOf = (by: DeskPerson | undefined): string => (by ? DESK_PEOPLE[by].name : 'nexthink-gdpr');
const minute = (at: string): string => `${at.slice(0, 16).replace('T', ' ')} UTC`;

/** All tickets, newest first, and the form for a new one. @param samples names to try */
export function listPage(tickets: readonly DeskTicket[], samples: readonly string[]): string {
  const rows = tickets.toReversed().map(
    (ticket) =>
      html`<tr><td><a href="/tickets/${ticket.key}">${ticket.key}</a></td><td>${fieldText(ticket, 'kind')}</td><td>${statusOf(ticket)}</td></tr>
`,
  );
  return webPage(
    'Tickets',
    html`<p class="note">A simulated Jira. An approved ticket starts a request; what becomes of it is written on the ticket.</p>
<table><caption>${rows.length === 0 ? 'No tickets yet' : 'All tickets'}</caption>
<thead><tr><th scope="col">Key</th><th scope="col">Wanted</th><th scope="col">Status</th></tr></thead>
<tbody>${rows}</tbody></table>
<h2>New ticket</h2>
<form method="post" action="/tickets">
${whoField('rita')}
${choice('Wanted', 'kind', KINDS)}
${choice('About', 'subject', SUBJECTS)}
<label>Name <input name="name" required maxlength="200" autocomplete="off" list="samples"></label>
<datalist id="samples">${options(samples.map((name) => [name, name]))}</datalist>
<button>Write the ticket</button>
</form>`,
  );
}

/** One ticket with its history, comments and forms. */
export function ticketPage(ticket: DeskTicket): string {
  const { key, requester, createdAt, history, comments, webhook } = ticket;
  const fact = (name: string, value: string) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>
`;
  const facts = [
    fact('Status', statusOf(ticket)),
    fact('Wanted', fieldText(ticket, 'kind')),
    fact(fieldText(ticket, 'subject'), fieldText(ticket, 'name')),
    fact('Written by', `${nameOf(requester as DeskPerson)}, ${minute(createdAt)}`),
    ...history.map(({ by, to, at }) => fact(to, `${nameOf(by)}, ${minute(at)}`)),
    ...(webhook === undefined ? [] : [fact('Webhook', webhook)]),
  ];
  const written = comments.map(
    ({ by, text, isPrivate }) =>
      html`<li><strong>${nameOf(by)}</strong>${isPrivate ? ' (internal)' : ''}<blockquote>${text}</blockquote></li>
`,
  );
  return webPage(
    key,
    html`<p><a href="/">All tickets</a></p>
<table><caption>The ticket</caption><tbody>${facts}</tbody></table>
<h2>Approve</h2>
<form method="post" action="/tickets/${key}/approve">
${whoField('dora')}
<p class="note">Data protection may approve, not whoever wrote the ticket. The system works off tickets every minute: load this page again to see what it writes.</p>
<button>Approve</button>
</form>
<h2>Comments</h2>
${written.length === 0 ? html`<p>None yet.</p>` : html`<ul>${written}</ul>`}
<form method="post" action="/tickets/${key}/comment">
${whoField('otto')}
<label>Comment <textarea name="text" required maxlength="2000" rows="3"></textarea></label>
<button>Add the comment</button>
</form>`,
  );
}

/** @param title such as `No such ticket` */
export const noticePage = (title: string): string => webPage(title, html`<p><a href="/">All tickets</a></p>`);
