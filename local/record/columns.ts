import { COMMON_COLUMNS, EVENTS, LINKED_OBJECTS, OBJECTS } from '../../modules/engines/tables/data-model.ts';
import { formsIn } from './forms.ts';

const TABLES: Readonly<
  Record<string, { readonly columns: Readonly<Record<string, readonly [string, ...unknown[]]>> }>
> = { ...OBJECTS, ...LINKED_OBJECTS, ...EVENTS };

const DATE = String.raw`\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?`;
const TIME = new RegExp(`^(${DATE}|\\d{9,13})$`);
const MEASURE = /^-?\d{1,20}(\.\d{1,12})?(e[+-]?\d{1,3})?$/i;
/** Words of the product, such as `in progress`. */
const KEYWORD = /^[a-z][a-z0-9_]{0,29}([ /_.-][a-z0-9_]{1,29}){0,3}$/i;
const VERSION = /^v?\d{1,9}(\.\d{1,9}){0,5}$/;

/**
 * The allow-list: what a value looks like that stays as it is, by the unit of its column. Texts, lists, addresses and paths have no
 * line here, nor have columns that the product does not know: these are always replaced.
 */
const STAYS: Readonly<Record<string, RegExp>> = {
  time: TIME,
  keyword: KEYWORD,
  'yes/no': /^(yes|no|true|false|[01])$/i,
  version: VERSION,
  number: MEASURE,
  days: MEASURE,
  bytes: MEASURE,
  milliseconds: MEASURE,
  microseconds: MEASURE,
  'per mille': MEASURE,
  share: MEASURE,
  megahertz: MEASURE,
  'bits per second': MEASURE,
};

/** Values that mean "none", and our own word for a missing list. */
const NOTHING = /^(-|n\/a|unknown|)$/i;

/** What becomes of the values of a column. */
export interface Rule {
  readonly unit: string;
  /** Its values tell who or what somebody is: their words stay nowhere. */
  readonly isIdentity: boolean;
}

/** The rule for a column as an answer names it. @param main table of columns without one */
export function ruleFor(column: string, main: string): Rule {
  const [first = '', second] = column.split('/') as [string, string?];
  const [table, field] = second === undefined ? [main, first] : [first, second];
  const unit = TABLES[table]?.columns[field]?.[0] ?? COMMON_COLUMNS[field]?.[0] ?? 'unknown';
  const isName =
    table === 'user' || (table === 'device' && /name|user|administrator|uid|serial|sid|address/.test(field));
  return { unit, isIdentity: isName && !(unit in STAYS) };
}

/** True for the name of a column that the product, not the customer, has made. */
export const isKnownColumn = (column: string, main: string): boolean => ruleFor(column, main).unit !== 'unknown';

export const isNothing = (value: string): boolean => NOTHING.test(value);

/** Whether a value may stay. @param isIdentity whether a word is part of somebody's identity: no keyword may be such a word */
export const mayStay = ({ unit }: Rule, value: string, isIdentity: (word: string) => boolean): boolean =>
  isNothing(value) || (STAYS[unit]?.test(value) === true && !(unit === 'keyword' && formsIn(value).some(isIdentity)));

/** Words of the product and of this project: they stand in every recording, whoever it is about. */
export const VOCABULARY: ReadonlySet<string> = new Set(
  [
    ...Object.entries(TABLES).flatMap(([table, { columns }]) => [table, ...Object.keys(columns)]),
    ...Object.keys(COMMON_COLUMNS),
    ...'select from where with between limit order_by asc desc eq ne gt ge lt le and or not string enum pattern integer'.split(
      ' ',
    ),
    ...'identifier sid datetime midnight now compute query platform format csv json hr true false update set nil'.split(
      ' ',
    ),
    ...'windows mac_os mobile connected disconnected connecting no_table_has_this_name utc api configuration v1'.split(
      ' ',
    ),
    ...'GET POST ask answer method path form status headers framing length chunks end body isBase64 milliseconds'.split(
      ' ',
    ),
    ...'content-type content-encoding date retry-after nx_exec_time text/csv text/html application/json charset=utf-8'.split(
      ' ',
    ),
    ...'recordedAt subject kind name limits daysBack rowLimit confirmRows federation engines timezone version'.split(
      ' ',
    ),
    ...'files expected sources rows sha256 missing portal.jsonl engine.jsonl DONE EMPTY FAILED UNREACHABLE'.split(' '),
    ...'Mon Tue Wed Thu Fri Sat Sun Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec GMT'.split(' '),
    ...'html head title body h1 h2 p div span ul ol li table tr td th br id class error_message error_options'.split(
      ' ',
    ),
    ...'there is no such field table aggregate not a an the of this has have must be may only does do use give'.split(
      ' ',
    ),
    ...'error unknown unexpected expected syntax statement licence license licensed not authorized unauthorized'.split(
      ' ',
    ),
    ...'forbidden bad request invalid near at line column name type value dynamic accepted now too long many queries'.split(
      ' ',
    ),
  ].flatMap(formsIn),
);
