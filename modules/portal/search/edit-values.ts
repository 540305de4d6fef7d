import { escapeIdentifier } from 'pg';
import type { Subject } from '../../requests/subject.ts';
import { anyOf, literalInSql, namePattern, type SubjectConditions, textOf } from '../database/sql.ts';
import { holds, type TextColumn } from '../database/text-columns.ts';
import { bytesReplacer } from '../names/in-bytes.ts';
import { textReplacer } from '../names/in-text.ts';
import { xmlReplacer } from '../names/in-xml.ts';
import { editJson } from '../names/json-text.ts';
import { spellingsOf } from '../names/name-matcher.ts';
import { escapesOf, needlesOf } from '../names/prefilter.ts';
import { type Edit, editValue } from '../names/value-formats.ts';

/**
 * Replaces the Subject's name inside values of every type.
 * @param merged told when two different keys of an object become equal
 * @returns a value's text with the name replaced, else as it was
 */
export function valueEditor(
  subject: Subject,
  token: string,
  merged = () => {},
): (column: Pick<TextColumn, 'form'>, value: string) => string {
  const text = textReplacer(subject, token);
  const edit: Edit = {
    text,
    json: (json) => editJson(json, text, merged),
    xml: xmlReplacer(subject, token),
    bytes: bytesReplacer(subject, token),
    merged,
  };
  return ({ form }, value) => editValue(form, value, edit);
}

/** Two conditions about a value: `wide` passes most of those over that cannot hold the name, `narrow` most of the rest. */
export interface Nearness {
  readonly wide: string;
  /** True wherever the value holds the name, and elsewhere at times. */
  readonly narrow: string;
}

/** What one manner or another of writing values down doubles or escapes. */
const QUOTED = /["'\\/&<>]/;

/** Where SQL sees that a value may hold the name; whether it does is for `valueEditor` to judge. */
export function nearValue(subject: Subject, conditions: SubjectConditions, column: TextColumn): Nearness {
  const text = textOf(`t.${escapeIdentifier(column.column)}`);
  if (column.form.kind === 'plain') return nearText(subject, conditions, text);
  const needles = needlesOf(subject.name);
  if (needles === undefined) return { wide: 'true', narrow: 'true' };
  const stretches = QUOTED.test(subject.name) ? needles.texts : spellingsOf(subject.name);
  const letters = anyOf(stretches.map((stretch) => withEscapes(conditions, text, stretch)));
  const wide = anyOf([
    letters,
    ...(holds(column.form, 'xml') ? [`strpos(${text}, ${conditions.bind('&#')}) > 0`] : []),
    ...(holds(column.form, 'bytes') ? [`${text} ~ ${conditions.bind(needles.hex)}`] : []),
  ]);
  const documents = holds(column.form, 'xml') || holds(column.form, 'bytes');
  return { wide, narrow: documents ? wide : `(${wide} AND ${text} ~* ${conditions.bind(needles.escaped)})` };
}

/** The letters, or an escape that may be one of them, stand in `text`, which is written out once for both. */
function withEscapes(conditions: SubjectConditions, text: string, letters: string): string {
  const bound = `lower(${conditions.bind(letters)})`;
  const marked = escapesOf(letters).reduce(
    (rest, sign) => `replace(${rest}, ${conditions.bind(sign)}, ${bound})`,
    `lower(${text})`,
  );
  return `strpos(${marked}, ${bound}) > 0`;
}

/** Inside strings of JSON: what JSON doubles when it is in a string of JSON itself. */
const DOUBLED = /["\\/]/;

/** Text that may be JSON, where the name can stand behind `\n` and the like or have letters that are escaped. */
function nearText(subject: Subject, conditions: SubjectConditions, text: string): Nearness {
  const { name } = subject;
  const spellings = spellingsOf(name);
  const needles = needlesOf(name);
  const quoted = DOUBLED.test(name) && `strpos(${text}, ${conditions.bind('\\')}) > 0`;
  const wide = anyOf([
    ...spellings.map((spelling) => withEscapes(conditions, text, spelling)),
    ...(quoted ? [quoted] : []),
  ]);
  const behindEscape = `\\\\[bfnrt](?:${spellings.map(literalInSql).join('|')})`;
  const sign = quoted || `strpos(${text}, ${conditions.bind('\\u')}) > 0`;
  const hidden = needles ? `${sign} AND ${text} ~* ${conditions.bind(needles.escaped)}` : sign;
  const raw = conditions.bind(`${namePattern(subject)}|${behindEscape}`);
  return { wide, narrow: `(${wide} AND (${text} ~* ${raw} OR ${hidden}))` };
}
