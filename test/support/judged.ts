import type { CellForm } from '../../modules/portal/names/cell-reader.ts';
import { personByName } from '../../modules/portal/names/person.ts';
import { PersonJudge } from '../../modules/portal/names/person-judge.ts';
import { Tokens } from '../../modules/portal/names/tokens.ts';
import type { JudgedColumn, JudgedTable } from '../../modules/portal/search/judged-tables.ts';
import type { Subject } from '../../modules/requests/subject.ts';

export const TOKEN = 'TOK';

/** A column of a table that a test describes. */
export const aColumn = (column: Partial<JudgedColumn> = {}): JudgedColumn => ({
  column: 'c',
  place: 'p.t.c',
  role: 'text',
  form: 'text',
  cast: 'text',
  limit: undefined,
  required: false,
  token: undefined,
  writable: true,
  beside: [],
  domain: undefined,
  ...column,
});

export const aTable = (...columns: JudgedColumn[]): JudgedTable => ({
  name: 'p.t',
  from: 'p.t',
  parent: null,
  isMapped: true,
  isOurs: false,
  isStored: true,
  others: [],
  columns,
});

/** The judge of a Subject of which nothing but the name is known. */
export const judgeByName = (subject: Subject) => new PersonJudge(personByName(subject), undefined, new Tokens(TOKEN));

/** One cell as `judge` takes it. */
export const judgeCell = (judge: PersonJudge, value: string, form: CellForm = 'text') =>
  judge.row(aTable(aColumn({ form })), [value], false).cells[0]!;

export const user = (name: string): Subject => ({ kind: 'user', name });

/** What stands in a cell after a run about a user of this name. */
export const rewritten = (name: string, value: string, form: CellForm = 'text') =>
  judgeCell(judgeByName(user(name)), value, form).after!;
