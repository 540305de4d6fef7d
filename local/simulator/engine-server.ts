import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Account, authenticate, challenge, mayQuery } from './accounts.ts';
import type { FaultKind } from './faults.ts';
import { CONTENT_TYPES, errorPage, FORMATS, type Format, type Quoting, writeAnswer } from './formats.ts';
import { NxqlError } from './nxql-error.ts';
import { evaluate } from './nxql-evaluator.ts';
import { substitute } from './nxql-parser.ts';
import { readStatement } from './nxql-statement.ts';
import type { Platform } from './people.ts';
import type { EngineWorld } from './world.ts';

/** What an Engine has been asked since it started. */
export interface Traffic {
  /** Queries with a good login, refused statements included. */
  queries: number;
  refusedLogins: number;
  running: number;
  /** Most queries that ran at the same time. */
  busiest: number;
}

export interface EngineServerOptions {
  readonly engine: EngineWorld;
  readonly accounts: readonly Account[];
  readonly traffic: Traffic;
  readonly fault?: FaultKind | undefined;
  /** The Engine's present. */
  readonly clock: () => Date;
  /** Milliseconds that every query takes besides its work. */
  readonly delayMs: number;
  readonly quoting: Quoting;
  /** What `between` selects: events that overlap the interval, or those that start in it. */
  readonly between: 'overlap' | 'start';
}

/** How long a slow Engine takes. */
const SLOW_MS = 10 * 60_000;

/** Longest request body in bytes. */
const LONGEST_BODY = 1024 * 1024;

const PLATFORMS: readonly string[] = ['windows', 'mac_os', 'mobile'] satisfies Platform[];

/** Answers the Web API V2 of one Engine: `/2/query`. Source: domain/nxql.md sections 1 and 2. */
export function engineListener(options: EngineServerOptions): RequestListener {
  return (request, response) => {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    answer(request, response, options, gone.signal).catch((error: unknown) => {
      if (!gone.signal.aborted) response.destroy(error as Error);
    });
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: EngineServerOptions,
  signal: AbortSignal,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'https://engine.invalid');
  if (url.pathname !== '/2/query') return sendPage(response, 404, 'there is nothing here');
  if (request.method !== 'GET' && request.method !== 'POST') return sendPage(response, 405, 'use GET or POST');
  const form = request.method === 'POST' ? await readForm(request) : new URLSearchParams();
  if (!form) return sendPage(response, 413, 'the statement is too long');
  const account = authenticate(request, options.accounts);
  if (options.fault === 'unauthorized' || !account || !mayQuery(account)) {
    options.traffic.refusedLogins += 1;
    return challenge(response, options.engine.name);
  }
  const parameters = new URLSearchParams([...url.searchParams, ...form]);
  options.traffic.queries += 1;
  options.traffic.running += 1;
  options.traffic.busiest = Math.max(options.traffic.busiest, options.traffic.running);
  try {
    await sleep(options.fault === 'slow' ? SLOW_MS : options.delayMs, undefined, { signal });
    if (options.fault === 'html') return sendPage(response, 200, 'the Engine is being serviced');
    await sendAnswer(response, parameters, options);
  } finally {
    options.traffic.running -= 1;
  }
}

async function sendAnswer(
  response: ServerResponse,
  parameters: URLSearchParams,
  { engine, clock, between, quoting }: EngineServerOptions,
): Promise<void> {
  const began = performance.now();
  let body: Generator<string>;
  let format: Format;
  try {
    format = readFormat(parameters.get('format') ?? 'html');
    const platforms = readPlatforms(parameters.getAll('platform'));
    const statement = readStatement(substitute(parameters.get('query') ?? '', new Map(parameters)));
    const scope = { engine, platforms, now: clock().getTime(), between };
    body = writeAnswer(evaluate(statement, scope), format, engine.zone, quoting);
  } catch (error) {
    if (!(error instanceof NxqlError)) throw error;
    return sendPage(response, error.status, error.message, error.options);
  }
  response.writeHead(200, {
    'Content-Type': CONTENT_TYPES[format],
    NX_EXEC_TIME: String(Math.round(performance.now() - began)),
  });
  await pipeline(Readable.from(body, { highWaterMark: 2 }), response);
}

function sendPage(response: ServerResponse, status: number, message: string, options: readonly string[] = []): void {
  response.writeHead(status, { 'Content-Type': CONTENT_TYPES.html });
  response.end(errorPage(message, options));
}

function readFormat(text: string): Format {
  const format = FORMATS.find((candidate) => candidate === text);
  if (!format) throw new NxqlError('there is no such format', FORMATS);
  return format;
}

function readPlatforms(texts: readonly string[]): Platform[] {
  if (texts.some((text) => !PLATFORMS.includes(text))) throw new NxqlError('there is no such platform', PLATFORMS);
  return texts.length === 0 ? ['windows'] : [...new Set(texts as Platform[])];
}

/** @returns `undefined` when the body is too long */
async function readForm(request: IncomingMessage): Promise<URLSearchParams | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= LONGEST_BODY) chunks.push(chunk);
  }
  return size <= LONGEST_BODY ? new URLSearchParams(Buffer.concat(chunks).toString('utf8')) : undefined;
}
