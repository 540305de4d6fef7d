import { escapeIdentifier } from 'pg';
import { anyOf, literalInSql, namePattern, type SubjectConditions, textOf } from '../database/sql.ts';
import { holds, type TextColumn } from '../database/text-columns.ts';
import { bytesReplacer } from '../names/in-bytes.ts';
import { textReplacer } from '../names/in-text.ts';
import { xmlReplacer } from '../names/in-xml.ts';
import { editJson } from '../names/json-text.ts';
import { escapesOf, type NameJudge } from '../names/name-judge.ts';
import { type Edit, editValue } from '../names/value-formats.ts';

/**
 * Replaces the Subject's name inside values of every type.
 * @param merged called when two different keys of an object become equal
 * @returns a value's text with the name replaced, else as it was
 */
export function valueEditor(
  judge: NameJudge,
  token: string,
  merged = () => {},
): (column: Pick<TextColumn, 'form'>, value: string) => string {
  const text = textReplacer(judge.matcher, token);
  const edit: Edit = {
    text,
    json: (json) => editJson(json, text, merged),
    xml: xmlReplacer(judge.matcher, token),
    bytes: bytesReplacer(judge, token),
    merged,
  };
  return ({ form }, value) => editValue(form, value, edit);
}

/** Two conditions that a value with the name always meets. `wide` is fast, `narrow` is more exact. */
interface Nearness {
  readonly wide: string;
  readonly narrow: string;
}

/** Characters that some text formats double or escape. */
const QUOTED = /["'\\/&<>]/;

/** SQL conditions for values that may hold the name. `valueEditor` then decides. */
export function nearValue(judge: NameJudge, conditions: SubjectConditions, column: TextColumn): Nearness {
  const text = textOf(`t.${escapeIdentifier(column.column)}`);
  if (column.form.kind === 'plain') return nearText(judge, conditions, text);
  const { needles, spellings } = judge;
  if (needles === undefined) return { wide: 'true', narrow: 'true' };
  const stretches = judge.holds(QUOTED) ? needles.texts : spellings;
  const letters = anyOf(stretches.map((stretch) => withEscapes(conditions, text, stretch)));
  const wide = anyOf([
    letters,
    ...(holds(column.form, 'xml') ? [`strpos(${text}, ${conditions.bind('&#')}) > 0`] : []),
    ...(holds(column.form, 'bytes') ? [`${text} ~ ${conditions.bind(needles.hex)}`] : []),
  ]);
  const documents = holds(column.form, 'xml') || holds(column.form, 'bytes');
  return { wide, narrow: documents ? wide : `(${wide} AND ${text} ~* ${conditions.bind(needles.escaped)})` };
}

/** `text` holds the letters, or an escape that may be one of them. The SQL converts the value to text only once. */
function withEscapes(conditions: SubjectConditions, text: string, letters: string): string {
  const bound = `lower(${conditions.bind(letters)})`;
  const marked = escapesOf(letters).reduce(
    (rest, sign) => `replace(${rest}, ${conditions.bind(sign)}, ${bound})`,
    `lower(${text})`,
  );
  return `strpos(${marked}, ${bound}) > 0`;
}

/** Characters that JSON inside a JSON string escapes twice. */
const DOUBLED = /["\\/]/;

/** Text that may be JSON: the name may follow an escape such as `\n`, or have escaped letters. */
function nearText(judge: NameJudge, conditions: SubjectConditions, text: string): Nearness {
  const { needles, spellings } = judge;
  const quoted = judge.holds(DOUBLED) && `strpos(${text}, ${conditions.bind('\\')}) > 0`;
  const wide = anyOf([
    ...spellings.map((spelling) => withEscapes(conditions, text, spelling)),
    ...(quoted ? [quoted] : []),
  ]);
  const behindEscape = `\\\\[bfnrt](?:${spellings.map(literalInSql).join('|')})`;
  const sign = quoted || `strpos(${text}, ${conditions.bind('\\u')}) > 0`;
  const hidden = needles ? `${sign} AND ${text} ~* ${conditions.bind(needles.escaped)}` : sign;
  const raw = conditions.bind(`${namePattern(judge)}|${behindEscape}`);
  return { wide, narrow: `(${wide} AND (${text} ~* ${raw} OR ${hidden}))` };
}
