import { randomUUID } from 'node:crypto';
import type { LocalSystem } from '../../local/system.ts';
import type { RequestView } from '../../modules/requests/views/get-request.ts';
import { ended } from './api.ts';

/** A name and a password that nobody has, with letters that every encoding changes. */
export const CANARY = { name: 'Zoë.canary+"subject"%y', password: 'p%C4nary/"wörd"+?' } as const;

/** What came back to a call: status, headers and body as one text. */
export interface Answer {
  readonly title: string;
  readonly status: number;
  readonly text: string;
}

/** Calls of every kind that fail, or that find nothing, with the canary in whatever a caller can write. */
export async function callWithCanary(system: LocalSystem, incomplete: string): Promise<Answer[]> {
  const answers: Answer[] = [];
  const call = async (title: string, route: string, body?: unknown, more: Record<string, string> = {}) => {
    const [method = '', path = ''] = route.split(' ');
    const answer = await fetch(system.apiUrl + path, {
      method,
      redirect: 'manual',
      headers: {
        authorization: `Bearer ${system.token}`,
        'content-type': 'application/json',
        'idempotency-key': randomUUID(),
        ...more,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const [headers, text] = [JSON.stringify([...answer.headers]), await answer.text()];
    answers.push({ title, status: answer.status, text: `${headers}\n${text}` });
    return { text, view: answer.status === 202 ? (JSON.parse(text) as RequestView) : undefined };
  };

  const { name, password } = CANARY;
  const escaped = encodeURIComponent(name);
  const subject = { kind: 'user', name };
  const good = { kind: 'retrieve', subject, sources: ['engine', 'portal'], login: system.login };
  const wrong = { ...system.login, password };
  for (const [what, body] of Object.entries(badStarts(good))) await call(what, 'POST /v1/requests', body);
  for (const { username, password } of system.simulator.accounts.slice(1)) {
    await call(`account ${username}`, 'POST /v1/requests', { ...good, login: { username, password } });
  }

  for (const path of [`/v1/${escaped}`, `/v1/requests/${escaped}`, `/v1/requests?reference=${escaped}`]) {
    await call(`GET ${path}`, `GET ${path}`);
    await call(`DELETE ${path}`, `DELETE ${path}`);
  }
  for (const parameter of ['state', 'cursor', 'limit', 'kind']) {
    await call(`query ${parameter}`, `GET /v1/requests?${parameter}=${escaped}&${escaped}=1`);
  }
  const one = `/v1/requests/${incomplete}`;
  for (const header of ['prefer', 'if-none-match', 'idempotency-key', 'authorization']) {
    await call(`header ${header}`, `GET ${one}`, undefined, { [header]: escaped });
    await call(`header ${header} of a start`, 'POST /v1/requests', { ...good, login: wrong }, { [header]: escaped });
  }

  const preview = { kind: 'anonymize', subject, login: system.login };
  await call('preview of nobody', 'POST /v1/preview', preview);
  await call('preview, wrong password', 'POST /v1/preview', { ...preview, login: wrong });
  await call('preview, another kind', 'POST /v1/preview', { ...preview, kind: name });
  await call('Engines list', 'POST /v1/engines', { login: system.login });
  await call('Engines list, wrong password', 'POST /v1/engines', { login: wrong });
  await call('accounts of a name', 'POST /v1/subjects', { subject, login: system.login });
  await call('accounts, wrong password', 'POST /v1/subjects', { subject, login: wrong });
  await call('names, wrong password', 'POST /v1/names', { login: wrong });
  await call('accounts, wrong name', 'POST /v1/subjects', {
    subject: { kind: 'user', name: `${name}*` },
    login: wrong,
  });
  await call('Engines list, wrong body', 'POST /v1/engines', { login: password, [name]: name });
  for (const verb of ['rerun', 'login', 'approve', 'deny', 'deadline', 'cancel', 'links']) {
    await call(`${verb}, wrong password`, `POST ${one}/${verb}`, { login: wrong });
    await call(`${verb}, wrong body`, `POST ${one}/${verb}`, {
      [name]: name,
      reasonCode: name,
      action: name,
      planHash: name,
    });
  }

  const begun = [
    await call('a retrieval of nobody', 'POST /v1/requests', good),
    await call('an anonymization of nobody', 'POST /v1/requests', { ...preview, irreversible: true }),
    await call('another plan', 'POST /v1/requests', {
      ...preview,
      irreversible: true,
      planHash: `${'n'.repeat(22)}.${'d'.repeat(43)}`,
      subject: { kind: 'user', name: system.users[1] },
    }),
    await call('a cancelled retrieval', 'POST /v1/requests', good),
  ].map(({ view, text }) => {
    if (!view) throw new Error(`not started: ${text}`);
    return view.requestId;
  });
  await call('cancel', `POST /v1/requests/${begun.at(-1)}/cancel`);
  await call('rerun', `POST ${one}/rerun`, { login: system.login });
  for (const requestId of [...begun, incomplete]) {
    await ended(system, requestId);
    for (const route of ['', '/events', '/manifest', '/certificate']) {
      await call(`${requestId}${route}`, `GET /v1/requests/${requestId}${route}`);
    }
  }
  return answers;
}

/** Bodies of `POST /v1/requests` that are wrong in one place each. */
function badStarts(good: object): Record<string, unknown> {
  const { name, password } = CANARY;
  const login = { username: 'gdpr-operator', password };
  const subject = { kind: 'user', name };
  const anonymize = { ...good, kind: 'anonymize', irreversible: true, sources: undefined };
  return {
    'wrong password': { ...good, login },
    'wrong account': { ...good, login: { username: name, password } },
    'no JSON': `{"subject": "${name}", "password": "${password}"`,
    'a text': JSON.stringify(name),
    'a list': [name, password],
    'unknown field': { ...good, [name]: password },
    kind: { ...good, kind: name },
    subject: { ...good, subject: name },
    'subject of another kind': { ...good, subject: { ...subject, kind: name } },
    'subject with another field': { ...good, subject: { ...subject, [name]: name } },
    'name with a line feed': { ...good, subject: { ...subject, name: `${name}\n` } },
    'name too long': { ...good, subject: { ...subject, name: name.repeat(100) } },
    'name in a list': { ...good, subject: { ...subject, name: [name] } },
    sources: { ...good, sources: [name] },
    'sources as text': { ...good, sources: name },
    'login as text': { ...good, login: password },
    'login with another field': { ...good, login: { ...login, [name]: password } },
    'password in a list': { ...good, login: { ...login, password: [password] } },
    'password too long': { ...good, login: { ...login, password: password.repeat(100) } },
    reference: { ...good, reference: name },
    coUsers: { ...good, coUsers: name },
    recipients: { ...good, recipients: [name] },
    receivedAt: { ...good, receivedAt: name },
    irreversible: { ...anonymize, irreversible: name },
    planHash: { ...anonymize, planHash: name },
    'over 64 KiB': { ...good, padding: name.repeat(4_000) },
    'over 1 MiB': { ...good, padding: name.repeat(80_000) },
  };
}
