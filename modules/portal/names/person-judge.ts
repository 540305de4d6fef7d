import { nameOf } from '../../requests/subjects/account-name.ts';
import type { Identifier, LoginName, PortalSubject } from '../../requests/subjects/person.ts';
import { PortalKeysMergeError } from '../errors.ts';
import type { JudgedColumn, JudgedTable } from '../search/judged-tables.ts';
import { type CellCounts, CellReader, decodeBytes, type Found, wholeOf } from './cell-reader.ts';
import { ClearedValues } from './cleared-values.ts';
import { IDENTIFIER_WORD, lettersPattern, literal, spellingsOf, wordsPattern } from './name-matcher.ts';
import { domainBeside, domainIn, isTelling, lettersOf, loginVerdict, NO_OTHERS, type Surroundings } from './person.ts';
import type { Hit } from './pieces.ts';
import { Tokens } from './tokens.ts';

/** A value in PostgreSQL's text form. */
type Cell = string | null | undefined;

/** What a cell holds, and what it is after a run; `after` is the value itself when nothing changes. */
interface JudgedCell extends CellCounts {
  /** The whole cell is a name of the person. */
  readonly exact: boolean;
  readonly after: string | null;
}

export interface JudgedRow {
  /** A key or a name column says that the row is the person's. */
  readonly linked: boolean;
  readonly cells: readonly JudgedCell[];
}

/** Where a text stands, which decides what an unclear word means. */
interface Where {
  readonly linked: boolean;
  /** The whole value is a name of the person. */
  readonly named: boolean;
  readonly column: Pick<JudgedColumn, 'role' | 'place' | 'writable' | 'token'>;
}

/** What a word of the pattern is: of this person, or of somebody else. */
type Word = { readonly logins: readonly LoginName[]; readonly identifier?: Identifier } | 'of others';

const NOTHING: Found = { hits: [], lookalikes: [] };
const EMPTY: JudgedCell = { theirs: 0, mentions: 0, lookalikes: 0, exact: false, after: null };

/** Decides for every stored value whether it is the person's, mentions its words, or only looks alike (R9, R15). */
export class PersonJudge {
  readonly person: PortalSubject;
  readonly #tokens: Tokens;
  readonly surroundings: Surroundings;
  readonly #copies: ClearedValues | undefined;
  readonly #ownCopies = new ClearedValues();
  /** No identity table holds the name: only rows whose name column equals it are meant. */
  readonly #isNobody: boolean;
  readonly #known = new Map<string, Word>();
  readonly #words: RegExp;
  readonly #letters: RegExp;
  readonly #logins: RegExp;
  /** A whole field of a composite that means the person alone. */
  readonly #fields: RegExp;
  /** Words of the person alone, and letters that are not in one of them: made once, since every row with a mention may be shown. */
  #own: RegExp | undefined;
  #shown: RegExp | undefined;

  /** @param tokens take the place of the words; a search needs none @param copies also theirs, in cells that a trigger wrote */
  constructor(person: PortalSubject, surroundings = NO_OTHERS, tokens = new Tokens(''), copies?: ClearedValues) {
    this.person = person;
    this.#tokens = tokens;
    this.surroundings = surroundings;
    this.#copies = copies;
    for (const [text, column] of person.cleared ?? []) this.#ownCopies.add(text, column);
    this.#isNobody = person.isKnown && person.links.length === 0;
    const logins = Map.groupBy(person.logins, ({ text }) => lettersOf(text));
    for (const other of surroundings.others) this.#known.set(lettersOf(other), 'of others');
    for (const identifier of person.identifiers)
      this.#known.set(lettersOf(identifier.text), { logins: [], identifier });
    for (const [text, same] of logins) this.#known.set(text, { logins: same });
    const texts = [...this.texts, ...surroundings.others];
    const strong = person.identifiers.filter((one) => one.strong).map(({ text }) => text);
    this.#words = wordsPattern(person.kind, texts, undefined, strong);
    this.#letters = lettersPattern(texts);
    const names = person.logins.map(({ text }) => text);
    // of `a\\b`, `b` alone looks like too much
    const alike = names.filter((one) => !names.some((other) => other !== one && other.includes(one)));
    this.#logins = lettersPattern([...alike, ...strong]);
    this.#fields = new RegExp(`[(,]"?(?:${lettersPattern(strong).source})"?(?=[,)])`, 'iu');
  }

  /** The same judge of a run, which writes tokens. */
  with(tokens = this.#tokens, copies?: ClearedValues): PersonJudge {
    return new PersonJudge(this.person, this.surroundings, tokens, copies);
  }

  hasWritten(cells: readonly (string | null)[]): boolean {
    return cells.some((cell) => cell !== null && this.#tokens.isWritten(cell, () => true));
  }

  /** What identifies the person, as an operator reads it. */
  get identifiers(): { readonly text: string; readonly strong: boolean }[] {
    const { kind, logins, identifiers } = this.person;
    const named = logins.flatMap(({ text, domains, strong, qualified }) => [
      { text, strong },
      ...domains.map((domain) => ({
        text: nameOf(kind, { login: text, domain }),
        strong: qualified && !this.#isNobody,
      })),
    ]);
    const shown = named.filter(({ text }) => !this.person.numbers || text === wholeOf(text));
    return [...shown, ...identifiers.map(({ text, strong }) => ({ text, strong }))];
  }

  get texts(): readonly string[] {
    return [...this.person.logins, ...this.person.identifiers].map(({ text }) => text);
  }

  /** Judges a row, with its cells in the text form of PostgreSQL. @param byKey a key links the row to the person */
  row(table: JudgedTable, cells: readonly Cell[], byKey: boolean): JudgedRow {
    const isName = ({ role, domain, form }: JudgedColumn, at: number, token?: string) => {
      if (role !== 'name') return false;
      const value = form === 'number' && cells[at] ? wholeOf(cells[at]) : cells[at];
      const isOwn =
        byKey || table.columns.some((by, co) => by.beside.includes(at) && this.#identifies(cells[co] ?? ''));
      return this.#isName(value, domain === undefined ? null : cells[domain], isOwn, token);
    };
    const named = table.columns.map((column, at) => isName(column, at));
    const isRewritten = (column: JudgedColumn, at: number) => {
      const value = cells[at];
      if (!value || column.role !== 'name') return false;
      const isMentionChanged = this.surroundings.changes(column) === 'change'; // then the token may be that of a mention
      return this.#tokens.isWritten(value, (token) =>
        isMentionChanged ? isName(column, at, token) : domainIn(this.person.kind, value, token) !== null,
      );
    };
    const linked = byKey || named.includes(true) || table.columns.some(isRewritten);
    const judged = table.columns.map((column, at) => {
      const value = cells[at];
      if (value === null || value === undefined) return EMPTY;
      if (column.beside.some((name) => named[name])) return this.#cleared(column, value);
      return this.#cell(column, value, { linked, named: named[at]!, column });
    });
    const isOwn = linked || judged.some(({ theirs }) => theirs > 0);
    return { linked, cells: judged.map((cell, at) => this.#lexemes(cell, table.columns[at]!, cells[at], isOwn)) };
  }

  /** The whole value of a name column is the person's name, or what stands in its place. */
  #isName(value: Cell, stored: Cell, byKey: boolean, token?: string) {
    if (!value) return false;
    const { kind, logins } = this.person;
    const isLogin = logins.some((login) => {
      const domain = domainIn(kind, value, token ?? login.text);
      if (domain === null) return false;
      const verdict = loginVerdict(login, (domain ?? stored?.trim()) || undefined);
      return verdict === 'theirs' || (verdict === 'beside' && (byKey || login.alone));
    });
    return isLogin || this.#identifies(value, byKey);
  }

  #cleared({ required, token }: JudgedColumn, value: string): JudgedCell {
    return { ...EMPTY, after: required ? this.#tokens.of(token, value) : null };
  }

  #cell(column: JudgedColumn, value: string, where: Where): JudgedCell {
    if (column.writable && this.#copiesIn(where)?.has(value, column.column) && !this.#known.has(lettersOf(value))) {
      const token = this.#tokens.of(column.token, '');
      const isFitting = column.form === 'text' && token.length <= (column.limit ?? Infinity);
      return { ...EMPTY, theirs: 1, after: isFitting || column.required ? token : null };
    }
    if (column.form === 'number' && where.named)
      return { ...EMPTY, theirs: 1, exact: true, after: this.#tokens.numberOf(value) };
    if (column.form === 'none' || column.form === 'number') return { ...EMPTY, after: value };
    const merged = () => {
      if (this.#tokens.of(column.token, '') !== '') throw new PortalKeysMergeError(column.place);
    };
    const isLong = this.person.logins.some(({ text }) => isTelling(wholeOf(text)));
    const isSought = this.#copies || (this.person.numbers && (where.linked || isLong));
    if (column.role === 'unlisted number' && !isSought) return { ...EMPTY, after: value };
    const number = (digits: string) => this.#tokens.numberOf(this.#known.has(digits) ? digits : '');
    const isOwn = value.startsWith('(') && this.#fields.test(value); // a composite of the person
    const find = (text: string, isKey: boolean) => this.#find(text, isKey, isOwn ? { ...where, linked: true } : where);
    const reader = new CellReader(find, merged, isSought ? number : undefined);
    const edited = reader.edit(value, column.form);
    const { theirs } = reader.counts;
    const after = where.named && theirs === 0 ? this.#tokens.of(column.token, value) : edited;
    return {
      ...reader.counts,
      theirs: where.named ? 1 : theirs,
      exact: where.named,
      after: column.writable ? after : value,
    };
  }

  #identifies(value: string, byKey = false): boolean {
    const letters = lettersOf(value);
    return this.person.identifiers.some(({ text, strong }) => (strong || byKey) && lettersOf(text) === letters);
  }

  /** Values that are the person's in this place: what a trigger wrote, and texts of the person's own rows. */
  #copiesIn({ linked, column: { role } }: Where): ClearedValues | undefined {
    return this.#copies ?? (linked && role === 'text' ? this.#ownCopies : undefined);
  }

  /** A `tsvector` with all words of a text mentions the person, since nobody knows their order; in rows of the person they go. */
  #lexemes(cell: JudgedCell, column: JudgedColumn, value: Cell, isOwn: boolean): JudgedCell {
    if (column.form !== 'lexemes' || !value) return cell;
    const held = this.surroundings.phrases.filter((words) => words.every((word) => value.includes(asLexeme(word))));
    if (held.length === 0) return cell;
    const isChanged = isOwn || this.surroundings.changes(column) === 'change';
    const gone = column.writable && isChanged && !this.#copies ? held.flat().map(asLexeme) : []; // a trigger may insist
    const token = asLexeme(this.#tokens.of(column.token, ''));
    const after = gone.reduce((rest, word) => rest.replaceAll(word, token), cell.after!);
    return { ...cell, mentions: cell.mentions + 1, after };
  }

  #find(text: string, isKey: boolean, where: Where): Found {
    const copies = isKey ? [] : (this.#copiesIn(where)?.in(text) ?? []);
    if (copies.length === 0 && text.search(this.#letters) < 0) return NOTHING;
    const isChanged = where.column.writable && this.surroundings.changes(where.column) === 'change';
    const words: Hit[] = Array.from(text.matchAll(this.#words), (match) => {
      const [start, end] = [match.index, match.index + match[0].length];
      const word = this.#known.get(match[0]) ?? this.#known.get(lettersOf(match[0])) ?? 'of others';
      const domain = () => domainBeside(this.person.kind, text, start, end);
      const isTheirs = word !== 'of others' && this.#isTheirs(word, domain, isKey, where);
      return { start, end, becomes: isTheirs || isChanged ? this.#becomes(match[0], word, where.column) : undefined };
    });
    const others = words.filter((word) => !copies.some(({ start, end }) => start < word.end && word.start < end));
    const replaced = copies.map((copy) => ({ ...copy, becomes: this.#tokens.of(where.column.token, '') }));
    const hits = [...others, ...replaced].sort((one, other) => one.start - other.start);
    let next = 0; // the first hit that does not end before
    const isInside = (at: number) => {
      while (next < hits.length && hits[next]!.end <= at) next += 1;
      return next < hits.length && hits[next]!.start <= at;
    };
    const alike = Array.from(text.matchAll(this.#logins), ({ index, 0: { length } }) => ({
      start: index,
      end: index + length,
    }));
    return { hits, lookalikes: alike.filter(({ start }) => !isInside(start)) };
  }

  #isTheirs(
    { logins, identifier }: Exclude<Word, string>,
    domainOf: () => string | undefined | null,
    isKey: boolean,
    { linked, named, column: { role, place } }: Where,
  ): boolean {
    if (named) return true;
    if (role === 'unlisted number') return false;
    if (identifier && (identifier.strong || linked)) return true;
    if (logins.length === 0 || role === 'name' || role === 'other name') return false; // another's name
    if (isKey && this.surroundings.structure.has(place)) return false;
    const domain = domainOf();
    if (domain === null) return false;
    if (role === 'harmless' && this.person.isKnown && domain === undefined) return false;
    const verdicts = logins.map((login) => loginVerdict(login, domain));
    return verdicts.some((verdict) => (linked ? verdict !== 'no' : verdict === 'theirs' && !this.#isNobody));
  }

  /** The token; a word inside an identifier, such as `jdoe@corp.example`, is replaced alone. */
  #becomes(text: string, word: Word, { token }: Where['column']): string {
    if (word !== 'of others' && !(word.identifier && /[@\\]/.test(text))) return this.#tokens.of(token, text);
    const words = word === 'of others' ? this.texts : this.person.logins.map((login) => login.text);
    const replaced = text.replace(wordsPattern(this.person.kind, words), (one) => this.#tokens.of(token, one));
    return replaced === text ? this.#tokens.of(token, text) : replaced;
  }

  /** Whether a text outside of tables holds a strong word of the person. @param inNames `_` separates words */
  shows(text: string, inNames = true): boolean {
    const plain = text.replaceAll("''", "'").replaceAll('""', '"').replaceAll('\\\\', '\\');
    const { kind, logins, identifiers } = this.person;
    const strong = [...logins, ...identifiers].filter((word) => word.strong).map((word) => word.text);
    const pattern = strong.length > 0 ? wordsPattern(kind, strong, inNames ? IDENTIFIER_WORD : undefined) : /(?!)/;
    return text.search(pattern) >= 0 || plain.search(pattern) >= 0;
  }

  /** Whether bytes, in PostgreSQL's form, hold such a word. */
  showsInBytes(hex: string): boolean {
    const column = { role: 'unlisted', place: '', writable: false, token: undefined } as const;
    const reader = new CellReader((text) => this.#find(text, false, { linked: false, named: false, column }));
    reader.edit(hex, 'text');
    return reader.counts.theirs > 0;
  }

  /** A part of a text, or of bytes as PostgreSQL writes them, with the first word of the person, all letters of other words masked. */
  masked(written: string): string {
    const text = BYTES.test(written) ? decodeBytes(Buffer.from(written.slice(2), 'hex')) : written;
    this.#own ??= wordsPattern(this.person.kind, this.texts);
    this.#shown ??= new RegExp(`(${this.#own.source})|[\\p{L}\\p{N}\\p{Co}]`, 'giu');
    const at = text.search(this.#own);
    const part = at < 0 ? '' : text.slice(Math.max(0, at - 40), at + 80);
    return part.replace(this.#shown, (one, word?: string) => (word === undefined ? '*' : one));
  }

  /** Replaces the person's words in a description of a place, also next to a dot or a dash. */
  withoutName(place: string): string {
    const spellings = this.texts.flatMap(spellingsOf).flatMap((spelling) => [spelling.replaceAll('"', '""'), spelling]);
    const names = spellings.map(literal).join('|');
    return place.replace(new RegExp(`(?<!${IDENTIFIER_WORD})(?:${names})(?!${IDENTIFIER_WORD})`, 'giu'), '(name)');
  }
}

/** A word as PostgreSQL writes it in a `tsvector`. */
const asLexeme = (word: string): string => `'${word.replace(/['\\]/g, '$&$&')}'`;
const BYTES = /^\\x(?:[0-9a-f]{2})+$/;
