import type { Subject } from '../../client/shapes.ts';
import { find } from '../dom.ts';

/** What the two name fields say: a Subject, nothing yet, or both, which is refused (R1). */
type NamedSubject = { readonly subject: Subject } | { readonly refused: 'none' | 'both' };

/** Reads `Username` and `Device name` of a form; a name is kept as it was typed. */
export function readSubject(form: HTMLFormElement): NamedSubject {
  const user = find<HTMLInputElement>(form, '[name=user]').value;
  const device = find<HTMLInputElement>(form, '[name=device]').value;
  if (user && device) return { refused: 'both' };
  if (user) return { subject: { kind: 'user', name: user } };
  if (device) return { subject: { kind: 'device', name: device } };
  return { refused: 'none' };
}

/** What the form says about a refusal. */
export const SUBJECT_REFUSED = {
  none: 'Fill in Username or Device name.',
  both: 'Fill in Username or Device name, not both: a request is about one user or one device.',
} as const;

/** `the user “anna”` */
export const describeSubject = ({ kind, name }: Subject): string => `the ${kind} “${name}”`;
