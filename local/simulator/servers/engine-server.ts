import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { NxqlError } from '../nxql/error.ts';
import type { Traffic } from '../world/traffic.ts';
import type { EngineWorld } from '../world/world.ts';
import { type Account, authenticate, challenge, mayQuery } from './accounts.ts';
import { type NoLicence, playFault, refusesLogin, throughFault } from './fault-play.ts';
import { AimedFaults, type Fault, isOfIds } from './faults.ts';
import { CONTENT_TYPES, type Format, writeAnswer } from './formats.ts';
import { editorPage, errorPage } from './markup.ts';
import { kindOfQuery } from './query-kinds.ts';
import { answerStatement, type Question, readForm, readFormat } from './question.ts';
import type { Switches } from './switches.ts';
import { bodyChange, FORMAT_INSTEAD } from './wrong-bodies.ts';
import { withOtherIds } from './wrong-subject.ts';

interface EngineServerOptions {
  readonly engine: EngineWorld;
  readonly accounts: readonly Account[];
  readonly traffic: Traffic;
  /** What the Engine does wrong now. */
  fault(): Fault | undefined;
  /** The Engine's present. */
  clock(): Date;
  /** Milliseconds that every query takes besides its work. */
  readonly delayMs: number;
  /** Whether the accounts may edit categories and custom fields. */
  readonly updates: boolean;
  readonly noLicence: NoLicence;
  readonly switches: Switches;
}

/** Answers the Web API V2 of one Engine: `/2/query`. Source: docs/nxql.md */
export function engineListener(given: EngineServerOptions): RequestListener {
  const options = { ...given, aimed: new AimedFaults() };
  return (request, response) => {
    const gone = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) gone.abort();
    });
    answer(request, response, options, gone.signal).catch(() => {
      if (!gone.signal.aborted) response.destroy();
    });
  };
}

interface Running extends EngineServerOptions {
  readonly aimed: AimedFaults;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: Running,
  signal: AbortSignal,
): Promise<void> {
  response.setHeader('Date', options.clock().toUTCString());
  const [path = '', search = ''] = splitOnce(request.url ?? '/', '?');
  if (path === '/2/editor/nxql_editor.html') return sendPage(response, 200, editorPage());
  if (path !== '/2/query') return sendPage(response, 404, errorPage('there is nothing here', []));
  if (request.method !== 'GET' && request.method !== 'POST')
    return sendPage(response, 405, errorPage('use GET or POST', []));
  const form = request.method === 'POST' ? await readForm(request) : new URLSearchParams();
  const account = authenticate(request, options.accounts);
  const { traffic } = options;
  if (!account || !mayQuery(account) || refusesLogin(options.fault(), traffic.answered)) {
    traffic.refusedLogins += 1;
    return challenge(response, options.engine.name);
  }
  const parameters = new URLSearchParams([...new URLSearchParams(search), ...(form ?? [])]);
  const question: Question = { parameters, tooLong: form === undefined };
  const statement = parameters.get('query') ?? '';
  const before = traffic.log.findLast((earlier) => earlier.statement !== statement)?.statement;
  const record = traffic.begin({
    statement,
    platforms: parameters.getAll('platform'),
    format: parameters.get('format') ?? '',
  });
  try {
    await sleep(options.delayMs, undefined, { signal });
    const number = traffic.queries;
    const fault = options.aimed.take(options.fault(), kindOfQuery(statement));
    if (await playFault(fault, number, response, signal, options.noLicence)) return;
    const engine = fault && isOfIds(fault) ? withOtherIds(options.engine, fault.kind === 'ids-new') : options.engine;
    await sendAnswer(response, question, { ...options, engine, fault, before }, number, signal);
  } finally {
    traffic.end(record, response.headersSent ? response.statusCode : undefined);
  }
}

async function sendAnswer(
  response: ServerResponse,
  question: Question,
  options: Omit<EngineServerOptions, 'fault'> & {
    readonly fault: Fault | undefined;
    readonly before: string | undefined;
  },
  number: number,
  signal: AbortSignal,
): Promise<void> {
  const began = performance.now();
  const { switches, engine, fault } = options;
  let format: Format;
  let body: Generator<string>;
  try {
    format = (fault && FORMAT_INSTEAD[fault.kind]) ?? readFormat(question, switches);
    const answered = answerStatement(question, options);
    const human = format !== 'json' && question.parameters.get('hr') === 'true';
    body = writeAnswer(answered, format, engine.zone, { ...switches, human });
  } catch (error) {
    if (!(error instanceof NxqlError)) throw error;
    return sendPage(response, error.status, refusalPage(error, fault));
  }
  const change = bodyChange(fault);
  if (change) {
    const { bytes, headers } = change([...body].join(''));
    response.writeHead(fault?.kind === 'partial' ? 206 : 200, headers);
    response.end(bytes);
    return;
  }
  if (switches.unframed) response.removeHeader('Transfer-Encoding');
  response.writeHead(200, {
    'Content-Type': CONTENT_TYPES[format],
    NX_EXEC_TIME: String(Math.round(performance.now() - began)),
  });
  response.flushHeaders();
  const pieces = fault ? throughFault(body, fault, number, signal, switches.unframed) : body;
  await pipeline(Readable.from(pieces, { highWaterMark: 2 }), response);
}

function refusalPage({ message, options }: NxqlError, fault: Fault | undefined): string {
  if (fault?.kind === 'options-none') return errorPage(message, []);
  if (fault?.kind === 'options-other') return errorPage(message, ['gt', 'between', 'order_by']);
  const page = errorPage(message, options);
  return fault?.kind === 'options-cut' ? page.slice(0, page.length * 0.7) : page;
}

function sendPage(response: ServerResponse, status: number, page: string): void {
  response.writeHead(status, { 'Content-Type': CONTENT_TYPES.html });
  response.end(page);
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
