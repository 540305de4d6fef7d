import { escapeIdentifier } from 'pg';
import { nameMatcher } from '../core/anonymization.ts';
import type { Subject } from '../core/model.ts';
import { bytesReplacer, needlesOf } from '../core/name-in-bytes.ts';
import { xmlReplacer } from '../core/name-in-xml.ts';
import { type Edit, editValue } from '../core/text-forms.ts';
import { holds, type TextColumn } from './portal-forms.ts';
import { anyOf, type SubjectConditions } from './portal-sql.ts';

/** Columns whose text SQL cannot judge by itself: bytes, documents, lists. Their values are judged and changed here. */
export const isDeep = ({ form, type }: TextColumn): boolean => form.kind !== 'plain' && type !== 'jsonb';

/**
 * Replaces the Subject's name inside values of every type.
 * @param merged told when two different keys of an object become equal
 * @returns a value's text with the name replaced, else as it was
 */
export function valueEditor(
  subject: Subject,
  token: string,
  merged = () => {},
): (column: TextColumn, value: string) => string {
  const matcher = nameMatcher(subject);
  const edit: Edit = {
    text: (text) => matcher.replace(text, token),
    json: (text) => matcher.replaceInJson(text, token, merged),
    xml: xmlReplacer(subject, token),
    bytes: bytesReplacer(subject, token),
    merged,
  };
  return ({ form }, value) => editValue(form, value, edit);
}

/**
 * A condition that is true wherever a value may hold the name, and elsewhere at times: it looks for the name's longest
 * stretch of letters, which quoting does not change.
 */
export function nearValue(subject: Subject, conditions: SubjectConditions, { column, form }: TextColumn): string {
  const needles = needlesOf(subject.name);
  if (needles === undefined) return 'true';
  const text = `t.${escapeIdentifier(column)}::text`;
  return anyOf([
    ...needles.texts.map((needle) => `strpos(lower(${text}), lower(${conditions.bind(needle)})) > 0`),
    ...(holds(form, 'json') ? [`strpos(${text}, ${conditions.bind('\\u')}) > 0`] : []),
    ...(holds(form, 'xml') ? [`strpos(${text}, ${conditions.bind('&#')}) > 0`] : []),
    ...(holds(form, 'bytes') ? [`${text} ~ ${conditions.bind(needles.hex)}`] : []),
  ]);
}
