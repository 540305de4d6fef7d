import type { Identity } from '../../modules/portal/mapping/mapping.ts';
import { SubjectKind } from '../../modules/requests/subject.ts';
import type { TableSample } from './sample-tables.ts';
import { type Facts, factsOf, type Knowledge, loginOf, plain, shareOf } from './value-evidence.ts';

/** How the planted name stands in columns (`schema.table.column`): as a whole value, in any form, or within a longer text. */
export type Planted = ReadonlyMap<string, 'whole' | 'within'>;

/** Tables with the same columns, such as one for each day. They are looked at together. */
export interface Family {
  readonly tables: readonly string[];
  readonly sample: TableSample;
  readonly facts: readonly Facts[];
  /** Columns, by position, that hold names. */
  readonly names: readonly { readonly at: number; readonly holds: SubjectKind }[];
  readonly hasSecrets: boolean;
}

/** How a column is to be treated, and the evidence. `ask`: what a person has to decide. */
export interface ColumnProposal {
  readonly role: 'name' | 'domain' | 'co-identifier' | 'text' | 'harmless' | 'account' | 'none';
  /** Position of the name column of the same person. */
  readonly beside?: number;
  readonly why: string;
  readonly ask?: string;
}

const [MIN_NAMES, MIN_REPEATED] = [2, 5];
/** Of the values of a name column so many are known; of the rows so many show the same person twice. */
const [KNOWN_SHARE, SAME_SHARE] = [0.3, 0.5];
/** A table with many columns has twins by its columns alone, one with few by its name, too. */
const TELLING_COLUMNS = 6;
const ENUMERATION = { rows: 30, values: 60, each: 4 };

export function familiesOf(
  samples: readonly TableSample[],
  statistics: ReadonlyMap<string, readonly string[]>,
  knowledge: Knowledge,
  planted: Planted,
): Family[] {
  const likeness = ({ table, columns }: TableSample) =>
    JSON.stringify([
      columns.map(({ column, type, nullable, key, generated }) => [column, type, nullable, key, generated]),
      columns.length < TELLING_COLUMNS && table.replace(/\d+/g, '#'),
    ]);
  return [...Map.groupBy(samples, likeness).values()].map((alike) => {
    const tables = alike.map(({ table }) => table);
    const sample = { ...alike[0]!, rows: alike.flatMap(({ rows }) => rows) };
    const facts = sample.columns.map(({ column }, at) => {
      const planned = tables.flatMap((table) => statistics.get(`${table}.${column}`) ?? []);
      return factsOf(sample, at, planned, knowledge);
    });
    const isPlanted = ({ column }: Facts) =>
      tables.some((table) => planted.get(`${table}.${column.column}`) === 'whole');
    const names = facts.flatMap((each, at) => {
      const holds = each.column.form === 'text' ? kindIn(each, isPlanted(each)) : undefined;
      return holds === undefined ? [] : [{ at, holds }];
    });
    return { tables, sample, facts, names, hasSecrets: facts.some(({ format }) => format === 'secret') };
  });
}

/** Whose names a column holds. */
function kindIn({ known, values, format }: Facts, isPlanted: boolean): SubjectKind | undefined {
  const kind = known.user >= known.device ? 'user' : 'device';
  const isKnown = known[kind] >= MIN_NAMES && known[kind] >= KNOWN_SHARE * values.length;
  return isKnown || isPlanted ? kind : format === 'account' ? 'user' : undefined;
}

const PERSONAL = ['SID', 'address', 'account', 'full name', 'MAC', 'IP'];
const CLEARED = 'Clear it beside the name?';

/** What one column of a family is. @param identity of the people or devices whom the family keeps, if it does */
export function proposeColumn(
  family: Family,
  at: number,
  knowledge: Knowledge,
  identity: Identity | undefined,
): ColumnProposal {
  const facts = family.facts[at]!;
  const { column, values, format, known, filled, distinct } = facts;
  const { names, hasSecrets } = family;
  if (column.generated) return { role: 'none', why: 'computed from other columns' };
  if (hasSecrets && column.form === 'text')
    return {
      role: 'account',
      why: 'a column beside it holds hashes of passwords',
      ask: 'Are these login accounts of the Portal itself?',
    };
  const name = names.find((each) => each.at === at);
  const first = names.find(({ holds }) => holds === name?.holds);
  const isSecond = identity !== undefined && first !== name && format !== 'word';
  if (name && !isSecond) return { role: 'name', ...nameEvidence(facts, name.holds) };
  const owner = ownerIn(family, at, knowledge, identity);
  const co = (why: string, ask?: string): ColumnProposal => {
    if (owner === undefined || !column.nullable || column.key) return kept(why, ask);
    return { role: 'co-identifier', beside: owner.beside, why, ...(ask && { ask }) };
  };
  const kept = (why: string, ask?: string): ColumnProposal => ({
    role: column.form === 'none' ? 'none' : 'text',
    why,
    ...(ask && { ask }),
  });
  if (owner) return co(owner.why);
  if (values.length === 0) return kept('no values');
  if (format && PERSONAL.includes(format)) {
    const ask = names.length > 0 ? CLEARED : undefined;
    return kept(`${format}, and no row shows whose`, ask);
  }
  const isOfPerson = identity !== undefined && distinct >= MIN_DIFFERENT * filled && !column.key;
  if (format === 'GUID') {
    const kind = SubjectKind.options.find((each) => values.every((value) => knowledge.keys[each].has(value)));
    const isId =
      !kind &&
      SubjectKind.options.some((each) => values.some((value) => knowledge.owners.has(`${each}:${plain(value)}`)));
    if (isOfPerson) return kept('GUID, different for each', 'Does this id tell who someone is? If so, clear it.');
    if (isId) return kept('GUID, also in a table of people', 'Does this id tell who someone is? If so, clear it.');
    return harmless(column.form, kind ? `GUID, key of a ${kind}` : 'GUID, and no key of a person');
  }
  if (column.form === 'none') return { role: 'none', why: `${column.type} holds no name` };
  if (column.form === 'unknown') return kept(`${column.type} is not known`, 'Can this type hold a name?');
  if (column.form !== 'text') return kept(`${column.type}: searched inside`);
  if (isDomain(facts, knowledge)) return { role: 'domain', why: 'domains of the names' };
  if (isOfPerson && format !== 'date' && format !== 'text')
    return kept(`${format ?? 'text'}, different for each`, 'Does it tell who someone is? If so, clear it.');
  if (format === 'number' || format === 'date' || format === 'boolean') {
    const isUnclear =
      format === 'number' &&
      distinct * ENUMERATION.each > filled &&
      names.some(({ at: name }) => goesWith(family.sample, name, at) !== false);
    if (isUnclear) return kept('numbers that differ', 'Are these numbers of persons? If so, clear them.');
    return { role: 'harmless', why: `${format} in all values` };
  }
  const matched = known.user + known.device;
  if (matched > 0) return kept(`${matched} of ${values.length} values are names`, 'Does it hold names?');
  const isList =
    filled >= ENUMERATION.rows && values.length <= ENUMERATION.values && distinct * ENUMERATION.each <= filled;
  const ask =
    knowledge.names.user.size > 0 && knowledge.names.device.size > 0
      ? undefined
      : 'Names were missing to compare with. Does it hold names?';
  if (!isList) return kept(`${format ?? 'text'} of many kinds`, format === 'word' ? ask : undefined);
  const why = `${values.length} values in ${filled} rows, none a known name`;
  return {
    role: 'harmless',
    why,
    ...(knowledge.names.user.size === 0 && ask && { ask }),
  };
}

const MIN_DIFFERENT = 0.9;

const harmless = (form: string, why: string): ColumnProposal => ({ role: form === 'none' ? 'none' : 'harmless', why });

function nameEvidence({ known, values, format }: Facts, holds: SubjectKind) {
  const why =
    known[holds] > 0
      ? `${known[holds]} of ${values.length} values are ${holds} names`
      : `${format ?? 'the planted name'}`;
  const isSure = known[holds] >= SAME_SHARE * values.length;
  return { why, ...(!isSure && { ask: `Does it hold names of ${holds}s?` }) };
}

export const isDomain = ({ values }: Facts, { domains }: Knowledge): boolean =>
  values.length > 0 && values.filter((value) => domains.has(plain(value))).length >= SAME_SHARE * values.length;

/** The name column of the person whom a column tells, with the evidence. */
function ownerIn({ sample, facts, names }: Family, at: number, { owners }: Knowledge, identity: Identity | undefined) {
  const { format, column, filled, distinct } = facts[at]!;
  const shown = names.find(
    ({ at: name, holds }) =>
      format === 'path' &&
      shareOf(sample, [name, at], (one, path) => plain(path).split(PATH_PARTS).includes(loginOf(holds, one))) >=
        SAME_SHARE,
  );
  if (shown) return { beside: shown.at, why: 'path with the name of its row' };
  const kind = format === 'MAC' || format === 'IP' ? 'device' : 'user';
  const isDifferent = filled > 0 && distinct >= SAME_SHARE * filled && !column.key;
  const isPersonal = identity !== undefined && isDifferent && format !== undefined && PERSONAL.includes(format);
  const own = isPersonal ? names.find(({ holds }) => holds === kind) : undefined;
  if (own) return { beside: own.at, why: `${format} of a ${kind}` };
  const going = names.find(
    ({ at: name, holds }) => holds === kind && PERSONAL.includes(format ?? '') && goesWith(sample, name, at) === true,
  );
  if (going) return { beside: going.at, why: `${format} that goes with the name` };
  const isTrivial = identity !== undefined && !Object.values(identity.columns).includes(column.column);
  const same = names.find(
    ({ at: name, holds }) =>
      name !== at &&
      !isTrivial &&
      shareOf(sample, [name, at], (one, value) => {
        const key = owners.get(`${holds}:${loginOf(holds, one)}`);
        return Boolean(key) && owners.get(`${holds}:${plain(value)}`) === key;
      }) >= SAME_SHARE,
  );
  return same && { beside: same.at, why: `identifies the ${same.holds} of its row` };
}

/** Whether rows of one name have one value; undefined where names do not repeat. */
function goesWith({ rows }: TableSample, name: number, at: number): boolean | undefined {
  const filled = rows.filter((row) => row[name] && row[at]);
  const repeated = [...Map.groupBy(filled, (row) => plain(row[name]!)).values()].filter((same) => same.length > 1);
  if (repeated.length < MIN_REPEATED) return undefined;
  const alike = repeated.filter((same) => new Set(same.map((row) => row[at])).size === 1);
  const differ =
    new Set(filled.map((row) => row[at])).size >= SAME_SHARE * new Set(filled.map((row) => row[name])).size;
  return differ && alike.length >= MIN_DIFFERENT * repeated.length;
}

const PATH_PARTS = /[\\/]/;
