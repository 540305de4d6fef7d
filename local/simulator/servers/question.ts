import type { IncomingMessage } from 'node:http';
import type { Answer } from '../nxql/answer.ts';
import { NxqlError } from '../nxql/error.ts';
import { evaluate } from '../nxql/evaluator.ts';
import { substitute } from '../nxql/parser.ts';
import type { Scope } from '../nxql/scope.ts';
import { readStatement, type Select } from '../nxql/statement.ts';
import { take } from '../nxql/take.ts';
import { applyUpdate } from '../nxql/update.ts';
import type { Platform } from '../world/people.ts';
import type { EngineWorld } from '../world/world.ts';
import type { Fault } from './faults.ts';
import { FORMATS, type Format } from './formats.ts';
import type { Switches } from './switches.ts';
import { isCap, spoilRows } from './wrong-rows.ts';
import { askForOthers, relabel } from './wrong-subject.ts';

/** What a request to `/2/query` asks. `tooLong`: its body was cut. */
export interface Question {
  readonly parameters: URLSearchParams;
  readonly tooLong: boolean;
}

/** Longest request body in bytes. */
const MAX_BODY = 1024 * 1024;

const HOUR = 3_600_000;
const NO_LIMIT = 1_000_000_000;
const PLATFORMS: readonly string[] = ['windows', 'mac_os', 'mobile'] satisfies Platform[];

/** The form in a request's body. @returns `undefined` when it is too long */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MAX_BODY) chunks.push(chunk);
  }
  return size <= MAX_BODY ? new URLSearchParams(Buffer.concat(chunks).toString('utf8')) : undefined;
}

/** The format that is asked for. @throws {NxqlError} there is no such format */
export function readFormat({ parameters }: Question, { defaultFormat = 'html' }: Switches): Format {
  const text = parameters.get('format') ?? defaultFormat;
  const format = FORMATS.find((candidate) => candidate === text);
  if (!format) throw new NxqlError('there is no such format', FORMATS);
  return format;
}

/**
 * Answers the statement of a question.
 * @throws {NxqlError} it is refused
 */
export function answerStatement(
  { parameters, tooLong }: Question,
  options: {
    readonly engine: EngineWorld;
    readonly switches: Switches;
    readonly updates: boolean;
    /** What is wrong with this answer. */
    readonly fault: Fault | undefined;
    /** The statement before this one, if it was another. */
    readonly before: string | undefined;
    clock(): Date;
  },
): Answer {
  if (tooLong) throw new NxqlError('the statement is too long');
  const { engine, switches } = options;
  const platforms = readPlatforms(parameters.getAll('platform'));
  const asked = substitute(parameters.get('query') ?? '', new Map(parameters));
  const { fault } = options;
  const now = options.clock().getTime();
  const beyond = fault?.kind === 'border-rows' ? fault.amount * HOUR : 0;
  const scope: Scope = { ...switches, beyond, engine, platforms, now, between: switches.between ?? 'overlap' };
  const statement = readStatement(asked);
  if (statement.verb === 'select') return answerSelect(asked, statement, scope, options);
  if (!options.updates) throw new NxqlError('this account may not edit categories', [], 403);
  return applyUpdate(statement, scope);
}

/** The answer to a select statement, or what a fault makes of it. */
function answerSelect(
  asked: string,
  statement: Select,
  scope: Scope,
  {
    fault,
    before,
    switches,
  }: { readonly fault: Fault | undefined; readonly before: string | undefined; readonly switches: Switches },
): Answer {
  const answerTo = (text: string) => capped(readSelect(text), scope, switches);
  switch (fault?.kind) {
    case 'other-query':
      return answerTo(before ?? '(select (id name) (from device))');
    case 'other-subject':
      return aboutAnother(asked, scope, answerTo);
    case 'relabelled':
      return relabel(aboutAnother(asked, scope, answerTo), asked);
    case 'foreign-rows': {
      const [own, other] = [capped(statement, scope, switches), aboutAnother(asked, scope, answerTo)];
      return { ...own, rows: [...own.rows, ...take(other.rows, fault.amount)] };
    }
  }
  const whole = isCap(fault) && statement.limit !== undefined ? { ...statement, limit: NO_LIMIT } : statement;
  return spoilRows(capped(whole, scope, switches), fault, asked, statement.limit);
}

/** The answer about the first other user or device that has rows to show; the honest one when none has. */
function aboutAnother(asked: string, scope: Scope, answerTo: (text: string) => Answer): Answer {
  for (const statement of askForOthers(scope.engine, asked)) {
    const { groups, rows } = answerTo(statement);
    const found = [...rows];
    if (found.length > 0) return { groups, rows: found };
  }
  return answerTo(asked);
}

function readSelect(text: string): Select {
  const statement = readStatement(text);
  if (statement.verb !== 'select') throw new NxqlError('only a select statement has rows');
  return statement;
}

/** The answer, cut to the cap: where no limit was asked for, and where a larger one is not refused. */
function capped(statement: Select, scope: Scope, { cap, capRefuses }: Switches): Answer {
  if (capRefuses && cap !== undefined && (statement.limit ?? 0) > cap)
    throw new NxqlError(`limit is ${cap} at most`, [`(limit ${cap})`]);
  const answer = evaluate(statement, scope);
  return cap === undefined ? answer : { ...answer, rows: take(answer.rows, cap) };
}

function readPlatforms(texts: readonly string[]): Platform[] {
  if (texts.some((text) => !PLATFORMS.includes(text))) throw new NxqlError('there is no such platform', PLATFORMS);
  return texts.length === 0 ? ['windows'] : [...new Set(texts as Platform[])];
}
