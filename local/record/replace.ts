import { queriedColumns } from '../../modules/engines/nxql.ts';
import { isKnownColumn, isNothing, mayStay, type Rule, ruleFor, VOCABULARY } from './columns.ts';
import { RecordError } from './exchange.ts';
import { formsIn, keyOf, mapForms } from './forms.ts';
import type { StandIns } from './stand-ins.ts';
import { recordsOf, textOf } from './tabular.ts';

/** A column that stays as it is, for the report. */
interface Staying {
  readonly unit: string;
  values: number;
  readonly samples: Set<string>;
}

const LITERAL = /\((string|pattern|sid) ("[^"]*"|'[^']*')\)|\(identifier (\d+)\)|#("[^"]*"|'[^']*')/g;
/** What a statement of ours holds beside literals. */
const PLAIN = /^[a-z0-9_*() -]*$/i;
const COLUMN = /^[a-z][a-z0-9_]*(\/[a-z][a-z0-9_]*)?$/;
const MAX_SAMPLES = 5;

/** Puts stand-ins in the place of all that is not on the allow-list, in questions and answers alike. */
export class Replacer {
  /** Columns whose values stay. */
  readonly staying = new Map<string, Staying>();
  /** Words that stay: of keywords, versions and the like. */
  readonly kept = new Set<string>();
  /** Words of the names of columns and tables. */
  readonly schema = new Set<string>();
  /** Words of names and of what identifies somebody; they stay nowhere. */
  readonly identity: Set<string>;
  readonly #standIns: StandIns;
  /** Texts whose words are in these sets. */
  readonly #seen = new Set<string>();
  /** Names whose first letters are queried. */
  readonly #names: readonly string[];
  /** What became of a cell, by column: the same cells stand in the archive. */
  readonly #cells = new Map<string, string>();

  constructor(standIns: StandIns, names: readonly string[], identity: ReadonlySet<string> = new Set()) {
    this.#standIns = standIns;
    this.identity = new Set(identity);
    this.#names = names;
    for (const name of names) this.identify(name);
  }

  /** A text that names somebody or something. */
  identify(text: string): string {
    if (this.#isNew(`=${text}`)) for (const word of formsIn(text)) if (!VOCABULARY.has(word)) this.identity.add(word);
    return this.#standIns.text(text);
  }

  /** @throws {RecordError} the statement is not of a form that is known here */
  statement(statement: string): string {
    const rest = statement.replaceAll(LITERAL, '');
    if (!PLAIN.test(rest)) throw new RecordError('a statement holds what is not known here, so it cannot be replaced');
    return statement.replaceAll(LITERAL, (whole, type?: string, text?: string, id?: string, field?: string) => {
      if (id !== undefined) return `(identifier ${id === '0' ? id : this.#standIns.id(id)})`;
      if (field !== undefined) return `#${this.#standIns.text(field)}`;
      const isStart = type === 'pattern' && /[\p{L}\p{N}]\*["']$/u.test(text!);
      return whole.replace(text!, () => (isStart ? this.#start(text!) : this.identify(text!)));
    });
  }

  /** An answer in cells, whose header comes first; any other text word by word. */
  table(body: string, statement: string): string {
    const records = [...recordsOf(body, '\t')];
    const columns = records[0]?.cells.map((cell) => textOf(cell.replace(/^\uFEFF/, ''))) ?? [];
    const dynamic = new Set([...statement.matchAll(/#(["'])(.*?)\1/g)].map(([, , name]) => name!));
    const main = /\(from \(?(\w+)/.exec(statement)?.[1] ?? '';
    const isHeader = queriedColumns(statement).every((name) =>
      columns.some((column) => name === column || name.endsWith('*') || name === `#${column}` || dynamic.has(name)),
    );
    if (!isHeader) return this.words(body);
    const rules = columns.map((column) => (this.#isCustom(column, dynamic, main) ? CUSTOM : ruleFor(column, main)));
    const lines = records.map(({ cells, end }, row) => {
      const replaced = cells.map((cell, at) => {
        const [column, rule] = [columns[at] ?? '', rules[at] ?? CUSTOM];
        if (row > 0) return this.#cell(cell, column, rule);
        return rule === CUSTOM ? this.#standIns.text(cell) : this.#keep(cell, this.schema);
      });
      return replaced.join('\t') + end;
    });
    return lines.join('');
  }

  /** A page: tags stay, and words of the product's language; of its list of names those that are not the customer's. */
  page(page: string, statement: string): string {
    const isCustom = statement.includes('(select (#');
    const isName = /<li>[^<]*/gi;
    const parts = page.replaceAll(isName, (item) => {
      const name = unescaped(item.slice(4));
      const stays = !isCustom && COLUMN.test(name);
      return `\0${stays ? this.#keep(name, this.schema) : escaped(this.#standIns.text(name))}\0`;
    });
    return parts
      .split('\0')
      .map((part, at) =>
        at % 2 === 1 ? `<li>${part}` : part.replaceAll(/<[^>]*>|[^<]+/g, (piece) => this.#piece(piece)),
      )
      .join('');
  }

  /** List Engines: names, addresses and unknown fields are replaced; state, version and time zone stay. */
  listedEngines(value: unknown, key = ''): unknown {
    if (Array.isArray(value)) return value.map((each) => this.listedEngines(each, key));
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, this.listedEngines(each, name)]));
    }
    if (typeof value === 'boolean' || value === null) return value;
    const text = String(value);
    const stays =
      (key === 'status' && /^[A-Z_]{1,30}$/.test(text)) ||
      (key === 'version' && /^\d+(\.\d+){0,5}$/.test(text)) ||
      (key === 'timezone' && isTimeZone(text)) ||
      (key === 'port' && /^\d{1,5}$/.test(text));
    if (stays) {
      this.#noteStaying(`List Engines, ${key}`, key, text);
      this.#keep(text);
      return value;
    }
    const standIn = ['name', 'address'].includes(key) ? this.identify(text) : this.#standIns.text(text);
    return typeof value === 'number' ? Number(standIn) : standIn;
  }

  /** Any text: each word but those of the product's language. */
  words(text: string): string {
    return mapForms(text, (found) => (VOCABULARY.has(keyOf(found)) ? this.#keep(found) : this.#standIns.text(found)));
  }

  /** A row of the archive, as it would be made of replaced answers. */
  row(row: Readonly<Record<string, string>>): Record<string, string> {
    return Object.fromEntries(Object.entries(row).map(([column, cell]) => this.#archived(column, cell)));
  }

  #archived(column: string, cell: string): [string, string] {
    const bare = column.replace(/ \(\d+\)$/, '');
    const known = this.#cells.get(`${bare}\0${cell}`);
    const name = bare.startsWith('#') ? this.#standIns.text(column) : column;
    if (known !== undefined || isNothing(cell) || ['platform', 'list'].includes(bare)) return [name, known ?? cell];
    return [name, this.#standIns.text(cell)];
  }

  #cell(cell: string, column: string, rule: Rule): string {
    const value = textOf(cell);
    const replaced = this.#replaced(cell, value, column, rule);
    this.#cells.set(`${column}\0${value}`, textOf(replaced));
    const field = column.replace(/^.*\//, '');
    this.#cells.set(`${field}\0${value}`, this.#cells.get(`${field}\0${value}`) ?? textOf(replaced));
    return replaced;
  }

  #replaced(cell: string, value: string, column: string, rule: Rule): string {
    if (rule.unit === 'id' && /^\d+$/.test(value)) return this.#standIns.id(value);
    if (mayStay(rule, value, (word) => this.identity.has(word))) {
      if (this.#standIns.isId(value)) return this.#standIns.id(value);
      if (!isNothing(value)) this.#noteStaying(column, rule.unit, value);
      return this.#keep(cell);
    }
    return rule.isIdentity ? this.identify(cell) : this.#standIns.text(cell);
  }

  #noteStaying(column: string, unit: string, value: string): void {
    const entry = this.staying.get(column) ?? { unit, values: 0, samples: new Set<string>() };
    entry.values += 1;
    if (entry.samples.size < MAX_SAMPLES) entry.samples.add(value);
    this.staying.set(column, entry);
  }

  /** A dynamic field, which the customer has named. */
  #isCustom(column: string, dynamic: ReadonlySet<string>, main: string): boolean {
    if (column.startsWith('#')) return true;
    return !isKnownColumn(column, main) && (dynamic.has(column) || !isStatic(column));
  }

  #keep(text: string, words = this.kept): string {
    if (this.#isNew(`${words === this.kept}${text}`)) for (const word of formsIn(text)) words.add(word);
    return text;
  }

  #isNew(text: string): boolean {
    const before = this.#seen.size;
    return this.#seen.add(text).size > before;
  }

  /** The first letters of a name in any case: those of its stand-in. */
  #start(text: string): string {
    const start = keyOf(text.slice(1, -2));
    const name = this.#names.find((each) => keyOf(each).startsWith(start));
    if (name === undefined) return this.identify(text);
    const written = text.slice(1, -2);
    const whole = written + name.normalize('NFC').slice(written.length);
    return text[0] + this.identify(whole).slice(0, written.length) + text.slice(-2);
  }

  #piece(piece: string): string {
    if (piece.startsWith('<')) return piece.replaceAll(/"[^"]*"|'[^']*'/g, (value) => this.words(value));
    return escaped(this.words(unescaped(piece)));
  }
}

const CUSTOM: Rule = { unit: 'custom', isIdentity: false };
const isStatic = (column: string): boolean => COLUMN.test(column);

function isTimeZone(text: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: text }));
  } catch {
    return false;
  }
}

const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"' } as const;
const unescaped = (html: string): string =>
  html
    .replaceAll(/&#(x?)([0-9a-f]+);/gi, (_, hex: string, code: string) =>
      String.fromCodePoint(Number.parseInt(code, hex ? 16 : 10)),
    )
    .replaceAll(/&(amp|lt|gt|quot);/g, (_, name: keyof typeof ENTITIES) => ENTITIES[name]);
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
