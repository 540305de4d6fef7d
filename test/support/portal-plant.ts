import * as fc from 'fast-check';

/** Names that a random Portal is searched for; each has neighbours that must not be touched. */
export const NAMES = [
  'jdoe',
  'ann',
  'j.doe',
  "o'neil",
  'a\\b',
  'say "hi"',
  '50%_off',
  'x.*y',
  'rené.favre',
  'Łukasz',
  'müller-lüdenscheidt',
  '中村',
  'ivan иванов',
  'tab(1) [x] {2} $3 ^|?+',
];

/** Texts about the Subject, whose name stands in them as a word of its own. */
const ABOUT: readonly ((name: string) => string)[] = [
  (name) => name,
  (name) => name.toUpperCase(),
  (name) => name.toLowerCase(),
  (name) => name.normalize('NFD'),
  (name) => name.replace(/\p{L}+/gu, (word) => word.slice(0, 1).toUpperCase() + word.slice(1)),
  (name) => `CORP\\${name}`,
  (name) => `${name}@corp.example`,
  (name) => `C:\\Users\\${name}\\Desktop "x"`,
  (name) => `seen (${name}), joanna and ${name}; also ${name}'s`,
];

/** Texts about others, whose names contain the Subject's, or would match it as a pattern. */
const OTHERS: readonly ((name: string) => string)[] = [
  (name) => `${name}2`,
  (name) => `x${name}`,
  (name) => `${name}-adm`,
  (name) => `${name}.smith`,
  (name) => `${name}é`,
  (name) => name.replaceAll(/[^\p{L}\p{N}]/gu, 'Q').concat('Q'),
  () => 'joanna',
  () => 'CORP\\sue "the" {boss}, a\\\\c (1)',
  () => '',
];

/** A type that can hold text: how a text becomes a value of it, with the text as `$1`. */
interface Type {
  readonly type: string;
  readonly value: string;
  /** What the text is turned into before it is bound. */
  readonly write?: (text: string) => string | Buffer;
}

const escaped = (text: string) =>
  [...Array(text.length).keys()].map((at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join('');
const nested = (json: string) => JSON.stringify({ was: json });
const entities = (text: string) =>
  [...text]
    .map((letter, at) => (at % 2 ? `&#${letter.codePointAt(0)};` : `&#x${letter.codePointAt(0)!.toString(16)};`))
    .join('');
const asLexeme = (text: string) => text.replaceAll('\\', '\\\\').replaceAll("'", "''");
const asXml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll("'", '&apos;').replaceAll('"', '&quot;');

export const TYPES: readonly Type[] = [
  { type: 'text', value: '$1::text' },
  { type: 'varchar(400)', value: '$1::text' },
  { type: 'char(300)', value: '$1::text' },
  { type: 'text COLLATE "C"', value: '$1::text' },
  { type: 'citext', value: '$1::text::citext' },
  { type: 'public.label', value: '$1::text' },
  { type: 'jsonb', value: "jsonb_build_object('k', jsonb_build_array($1::text, 7), $1::text, null)" },
  {
    type: 'json',
    value: '$1::text::json',
    write: (text) => `{"z":1, "a": ["${escaped(text)}"], "a": "${escaped(text)}"}`,
  },
  { type: 'text[]', value: "ARRAY['x', $1::text, NULL]" },
  { type: 'text[][]', value: "ARRAY[['NULL', $1::text], ['{', $1::text]]" },
  { type: 'jsonb[]', value: "ARRAY[jsonb_build_object('who', $1::text)]" },
  { type: 'bytea', value: "convert_to($1::text, 'UTF8')" },
  {
    type: 'bytea',
    value: '$1::bytea',
    write: (text) => Buffer.concat([Buffer.from([0, 255, 32]), Buffer.from(text), Buffer.from([0])]),
  },
  {
    type: 'bytea',
    value: '$1::bytea',
    write: (text) => Buffer.concat([Buffer.from(text, 'utf16le'), Buffer.from([32, 0])]),
  },
  {
    type: 'bytea',
    value: '$1::bytea',
    write: (text) => Buffer.from(` ${text} `, 'utf16le').swap16(),
  },
  { type: 'bytea[]', value: "ARRAY['\\x00'::bytea, convert_to($1::text, 'UTF8')]" },
  { type: 'tsvector', value: 'array_to_tsvector(ARRAY[$1::text])', write: (text) => text || '-' },
  { type: 'tsquery', value: '$1::text::tsquery', write: (text) => `'${asLexeme(text || '-')}' & 'x':*` },
  { type: 'jsonpath', value: '$1::text::jsonpath', write: (text) => `$.who == ${JSON.stringify(text)}` },
  { type: 'json[]', value: 'ARRAY[$1::text::json]', write: (text) => JSON.stringify({ who: text }) },
  { type: 'xml[]', value: 'ARRAY[$1::text::xml]', write: (text) => `<a>${entities(text)}</a>` },
  { type: 'hstore[]', value: "ARRAY[hstore('a', $1::text)]" },
  { type: 'hstore', value: "hstore(ARRAY['a', 'b'], ARRAY[$1::text, NULL])" },
  { type: 'xml', value: '$1::text::xml', write: (text) => `<a b="${asXml(text)}">${asXml(text)}</a>` },
  { type: 'xml', value: '$1::text::xml', write: (text) => `<a>${entities(text)}</a>` },
  { type: 'public.pair', value: "ROW($1::text, 3, convert_to($1::text, 'UTF8'), ARRAY[$1::text])::public.pair" },
  { type: 'public.pair[]', value: "ARRAY[ROW($1::text, 3, NULL, ARRAY['y', $1::text])::public.pair]" },
  { type: 'text', value: '$1::text', write: (text) => `{"user": "${escaped(text)}", "n": 7}` },
  { type: 'text', value: '$1::text', write: (text) => `seen ${escaped(text)} twice` },
  { type: 'text', value: '$1::text', write: (text) => JSON.stringify([{ log: `first\n${text}\n\tlast` }]) },
  { type: 'text', value: '$1::text', write: (text) => nested(`{"who":"${escaped(text)}"}`) },
  { type: 'jsonb', value: '$1::text::jsonb', write: (text) => nested(`{"who":"${escaped(text)}"}`) },
  { type: 'json', value: '$1::text::json', write: (text) => nested(nested(JSON.stringify({ who: text }))) },
  { type: 'text[]', value: "ARRAY['x', $1::text]", write: (text) => `{"who":"${escaped(text)}"}` },
  { type: 'bytea', value: "convert_to($1::text, 'UTF8')", write: (text) => `{"who":"${escaped(text)}"}` },
  { type: 'public.labels', value: 'ARRAY[$1::text]::public.labels' },
];

/** A text that goes into a cell; `about` tells that it names the Subject. */
export interface Cell {
  readonly about: boolean;
  readonly text: (name: string) => string;
}

const cell: fc.Arbitrary<Cell> = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(...ABOUT).map((text) => ({ about: true, text })) },
  { weight: 2, arbitrary: fc.constantFrom(...OTHERS).map((text) => ({ about: false, text })) },
);

/** A random table: its columns by type, and its rows. */
const table = fc.array(fc.constantFrom(...TYPES), { minLength: 1, maxLength: 6 }).chain((columns) =>
  fc.record({
    columns: fc.constant(columns),
    rows: fc.array(fc.tuple(...columns.map(() => cell)), { minLength: 1, maxLength: 6 }),
    partitioned: fc.boolean(),
  }),
);

/** A random Portal with everything that a name may be planted in. */
export const randomPortal = fc.record({
  name: fc.constantFrom(...NAMES),
  tables: fc.array(table, { minLength: 1, maxLength: 4 }),
  /** How a table refers to people by name. */
  reference: fc.constantFrom('', 'DEFERRABLE', 'ON UPDATE CASCADE', 'ON UPDATE RESTRICT'),
  comment: fc.boolean(),
});
export type RandomPortal = typeof randomPortal extends fc.Arbitrary<infer P> ? P : never;
