import { NxqlError } from './error.ts';

/** A word of a statement. `quoted`: it stood in quotes. `dynamic`: it began with `#`, which is not in `text`. */
export interface Atom {
  readonly kind: 'atom';
  readonly text: string;
  readonly quoted: boolean;
  readonly dynamic: boolean;
}

export interface List {
  readonly kind: 'list';
  readonly items: readonly Node[];
}

export type Node = Atom | List;

/** Longest statement in characters, after parameters were put in, and deepest nesting of parentheses. */
const MAX_LENGTH = 2 * 1024 * 1024;
const DEEPEST = 100;

/**
 * Puts `p1`, `p2`, ... in place of `%1`, `%2`, ... as plain text, so that a value may hold any syntax.
 * A placeholder without a parameter stays.
 * @throws {NxqlError} the statement gets too long
 */
export function substitute(statement: string, parameters: ReadonlyMap<string, string>): string {
  let length = statement.length;
  return statement.replace(/%(\d+)/g, (placeholder, number) => {
    const value = parameters.get(`p${number}`) ?? placeholder;
    length += value.length;
    if (length > MAX_LENGTH) throw new NxqlError('the statement is too long');
    return value;
  });
}

/**
 * Reads a statement: closing parentheses missing at the end are added, and so is the outermost pair.
 * @throws {NxqlError} a quote is not closed, or a parenthesis closes nothing
 */
export function parse(statement: string): List {
  const stack: Node[][] = [[]];
  for (const token of tokens(statement)) {
    if (token === '(') {
      stack.push([]);
      if (stack.length > DEEPEST) throw new NxqlError('there are too many parentheses within each other');
    } else if (token === ')') {
      const items = stack.pop()!;
      if (stack.length === 0) throw new NxqlError('a parenthesis is closed that was never opened');
      stack.at(-1)!.push({ kind: 'list', items });
    } else {
      stack.at(-1)!.push(token);
    }
  }
  while (stack.length > 1) {
    const items = stack.pop()!;
    stack.at(-1)!.push({ kind: 'list', items });
  }
  const [first, ...more] = stack[0]!;
  if (first === undefined) throw new NxqlError('the statement is empty');
  if (first.kind === 'atom') return { kind: 'list', items: stack[0]! };
  if (more.length > 0) throw new NxqlError('there is text after the end of the statement');
  return first;
}

const TOKEN = /\s+|[()]|(#?)(?:"([^"]*)"|'([^']*)')|(#?)([^\s()"'#][^\s()]*)|(#)(?=[\s()]|$)/y;

function* tokens(statement: string): Generator<'(' | ')' | Atom> {
  TOKEN.lastIndex = 0;
  let at = 0;
  while (at < statement.length) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(statement);
    if (!match) throw new NxqlError(`a quote is not closed, or a name is missing, at character ${at + 1}`);
    at = TOKEN.lastIndex;
    const [text, quoteHash, double, single, bareHash, bare] = match;
    if (text === '(' || text === ')') yield text;
    else if (quoteHash !== undefined) yield atom(double ?? single ?? '', true, quoteHash === '#');
    else if (bare !== undefined) yield atom(bare, false, bareHash === '#');
    else if (text === '#') yield atom('', false, true);
  }
}

const atom = (text: string, quoted: boolean, dynamic: boolean): Atom => ({ kind: 'atom', text, quoted, dynamic });
