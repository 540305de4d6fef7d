import { escapeIdentifier } from 'pg';
import type { MappedTable, NameColumn } from '../mapping/mapping.ts';
import type { NameJudge } from '../names/name-judge.ts';
import { JOINERS, jsonEscaped } from '../names/name-matcher.ts';

/** `"schema"."table"` of a mapping's `schema.table`. */
export const qualified = (table: string): string => table.split('.').map(escapeIdentifier).join('.');

/** The text of a value in the database's own collation, whatever the collation of its column. */
export const textOf = (value: string): string => `(${value}::text COLLATE "default")`;

const WORD = '[\\w\\u0300-\\u036f]';

/** The rule of `nameMatcher` (modules/portal/names/name-matcher.ts) as a regular expression of PostgreSQL, for `~*`. */
export function namePattern({ kind, spellings: names }: NameJudge): string {
  const { left, right } = JOINERS[kind];
  const spellings = names.map(literalInSql);
  const before = `(?<!${WORD})(?<!${WORD}[${dashLast(left)}])`;
  return `${before}(?:${spellings.join('|')})(?!${WORD})(?![${dashLast(right)}]${WORD})`;
}

/** A literal text as a regular expression of PostgreSQL. */
export const literalInSql = (text: string): string => text.replace(/[!-/:-@[-`{-~ ]/g, '\\$&');

/** In a bracket expression of PostgreSQL, `-` is a literal only at the end. */
const dashLast = (joiners: string) => `${joiners.replace('-', '')}-`;

/** Lower case. Databases turn `İ` (304) into `i`, so an unused character (57344) replaces it. */
const lowerInSql = (text: string): string => `lower(replace(${text}, chr(304), chr(57344)))`;

/**
 * Conditions of one statement about one Subject. Identifiers come from the mapping and are quoted. Everything from the
 * name is a bound parameter, collected in `values`.
 */
export class SubjectConditions {
  readonly values: string[] = [];
  readonly #judge: NameJudge;
  readonly #numbers = new Map<string, number>();

  constructor(judge: NameJudge) {
    this.#judge = judge;
  }

  /** Placeholder of a bound text value. */
  bind(value: string): string {
    if (!this.#numbers.has(value)) this.#numbers.set(value, this.values.push(value));
    return `$${this.#numbers.get(value)}::text`;
  }

  get pattern(): string {
    return this.bind(namePattern(this.#judge));
  }

  /**
   * The whole value of `column` is the Subject's name, in the spelling of the mapping. The first part can use an index on
   * `lower(column)`, the second part compares exactly.
   */
  isName(column: string, spelling: NameColumn['spelling']): string {
    return `(${this.#isNamed(column, spelling, (text) => `lower(${text})`)} AND ${this.#isNamed(column, spelling, lowerInSql)})`;
  }

  #isNamed(column: string, spelling: NameColumn['spelling'], lower: (text: string) => string): string {
    const stored = lower(textOf(column));
    const names = this.#judge.spellings.map((name) => lower(this.bind(name)));
    const qualifiedNames = names.map((name) => {
      if (spelling === 'domain-backslash') return `right(${stored}, length(${name}) + 1) = chr(92) || ${name}`;
      return `left(${stored}, length(${name}) + 1) = ${name} || '${spelling === 'upn' ? '@' : '.'}'`;
    });
    return anyOf([`${stored} IN (${names.join(', ')})`, ...(spelling === 'bare' ? [] : qualifiedNames)]);
  }

  /** The text of `column` mentions the name as a word of its own. */
  inText(column: string): string {
    return `(${this.near(column)} AND ${textOf(column)} ~* ${this.pattern})`;
  }

  inArray(column: string): string {
    return `EXISTS (SELECT FROM unnest(${column}) AS element WHERE ${textOf('element')} ~* ${this.pattern})`;
  }

  /** The text of `column` holds the letters of the name, perhaps inside another word. */
  near(column: string): string {
    const text = `lower(${textOf(column)})`;
    return anyOf(this.#judge.spellings.map((name) => `strpos(${text}, lower(${this.bind(name)})) > 0`));
  }

  /** The JSON text of `column` holds the letters of the name, perhaps inside another word. */
  nearJson(column: string): string {
    const text = `lower(${column}::jsonb::text)`;
    return anyOf(this.#judge.spellings.map((name) => `strpos(${text}, lower(${this.bind(jsonEscaped(name))})) > 0`));
  }

  /** A string or a key anywhere in `column` mentions the name. */
  inJson(column: string): string {
    return `(${this.nearJson(column)} AND EXISTS (
      SELECT FROM jsonb_path_query(${column}::jsonb, 'strict $.**') AS node
      WHERE CASE jsonb_typeof(node)
        WHEN 'string' THEN node #>> '{}' ~* ${this.pattern}
        WHEN 'object' THEN EXISTS (SELECT FROM jsonb_object_keys(node) AS key WHERE key ~* ${this.pattern})
        ELSE false END))`;
  }

  /** `column` holds the bytes of the name in UTF-8, as typed, in lower case or in upper case. */
  inBytes(column: string): string {
    const forms = this.#judge.spellings.flatMap((name) => {
      const bound = this.bind(name);
      return [bound, `lower(${bound})`, `upper(${bound})`];
    });
    return anyOf(forms.map((form) => `position(convert_to(${form}, 'UTF8') IN ${column}) > 0`));
  }

  /** A row of `table` (as `alias`) holds the Subject in a mapped column other than JSON. */
  outsideJson(table: MappedTable, alias: string): string {
    const at = (column: string) => `${alias}.${escapeIdentifier(column)}`;
    return anyOf([
      ...this.namesOf(table).map(({ column, spelling }) => this.isName(at(column), spelling)),
      ...table.freeText.map((column) => this.inText(at(column))),
      ...table.arrays.map((column) => this.inArray(at(column))),
    ]);
  }

  /** Name columns that may hold a Subject of this kind. */
  namesOf(table: MappedTable): NameColumn[] {
    return table.names.filter(({ holds }) => holds === this.#judge.kind);
  }
}

/** True when one of the conditions is true; false without conditions. It may be NULL, as usual in SQL. */
export const anyOf = (conditions: readonly string[]): string =>
  conditions.length === 0 ? 'false' : `(${conditions.join(' OR ')})`;
