import { NxqlError } from './error.ts';
import type { Atom, List, Node } from './parser.ts';

/** Name of a field; `dynamic` when it was written with `#`, which is not in `text`. */
export interface FieldName {
  readonly text: string;
  readonly dynamic: boolean;
}

/** A field name, bare or in quotes. @throws {NxqlError} it is a list */
export function fieldName(node: Node): FieldName {
  const { text, dynamic } = atomOf(node, 'a field');
  return { text, dynamic };
}

/** A word of the language, without quotes. @throws {NxqlError} it is none; the message says what was expected */
export function word(node: Node | undefined, expected: string, options: readonly string[] = []): string {
  const atom = atomOf(node, expected, options);
  if (atom.quoted || atom.dynamic) throw new NxqlError(`expected ${expected} without quotes`, options);
  return atom.text;
}

/** A word or a text in quotes. @throws {NxqlError} it is a list, or missing */
export function atomOf(node: Node | undefined, expected: string, options: readonly string[] = []): Atom {
  if (node?.kind !== 'atom') throw new NxqlError(`expected ${expected}`, options);
  return node;
}

/** The items in parentheses. @throws {NxqlError} it is a word */
export function list(node: Node, expected: string): List['items'] {
  if (node.kind !== 'list') throw new NxqlError(`expected ${expected} in parentheses`);
  return node.items;
}

/** All words of some nodes, those in parentheses too. */
export const flatten = (nodes: readonly Node[]): Atom[] =>
  nodes.flatMap((node) => (node.kind === 'atom' ? [node] : flatten(node.items)));
