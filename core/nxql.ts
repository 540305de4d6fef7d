import type { Subject } from './model.ts';

export type Platform = 'windows' | 'mac_os' | 'mobile';

/** Longest name that is accepted, in characters. Source: domain/nxql.md section 4. */
export const LONGEST_NAME = 256;

const CONTROL = /\p{Cc}/u;

/** Why a name cannot be anybody's, for Portal and Engines alike; `undefined` when it can. */
export function refuseName(name: string): string | undefined {
  if (name.trim() === '') return 'must not be empty';
  if (name.length > LONGEST_NAME) return `must not be longer than ${LONGEST_NAME} characters`;
  if (CONTROL.test(name)) return 'must not hold control characters such as TAB or line ends';
  if (!name.isWellFormed()) return 'must be well-formed Unicode text';
  if (name !== name.trim()) return 'must not start or end with a blank';
  return undefined;
}

/**
 * Why a name cannot be asked of an Engine: NXQL documents no escape inside a literal, and `%1` may be substituted.
 * Source: domain/nxql.md section 4.
 */
export function refuseEngineName(name: string): string | undefined {
  if (name.includes('"') && name.includes("'"))
    return 'must not hold both kinds of quote when Engine data is asked for';
  if (name.includes('\\')) {
    return 'must not hold a backslash when Engine data is asked for; write DOMAIN\\user as user@DOMAIN';
  }
  if (/%\d/.test(name)) return 'must not hold a % followed by a digit when Engine data is asked for';
  if (/[*?]/.test(name)) return 'must not hold * or ? when Engine data is asked for';
  return undefined;
}

/** A name as `(string "...")` literal; the caller has asked `refuseEngineName`. */
const stringLiteral = (name: string): string => (name.includes('"') ? `(string '${name}')` : `(string "${name}")`);

/** Finds the objects that carry the Subject's name: `id` and `name`. */
export const resolveStatement = ({ kind, name }: Subject): string =>
  `(select (id name) (from ${kind} (where ${kind} (eq name ${stringLiteral(name)}))))`;

/** A harmless question whose answer proves that the account may use the Web API (R4). */
export const PROBE_STATEMENT = '(select (id) (from user) (limit 1))';

/** All static fields of the object with this Engine-local id. */
export const objectStatement = (table: string, id: string): string =>
  `(select (*) (from ${table} (where ${table} (eq id (identifier ${id})))))`;

/** A span of time in NXQL words, such as `midnight-3d` and `now`. */
export interface Between {
  readonly from: string;
  readonly to: string;
}

/** Events of `table` with all fields of the linked objects, of the subject object with this id. */
export function eventStatement(spec: {
  readonly table: string;
  readonly links: readonly string[];
  readonly subject: string;
  readonly id: string;
  readonly timeField: string;
  readonly between: Between;
  readonly limit: number;
}): string {
  const fields = [spec.table, ...spec.links].map((name) => `(${name} (*))`).join(' ');
  const tables = [spec.table, ...spec.links].join(' ');
  return (
    `(select (${fields}) (from (${tables}) (where ${spec.subject} (eq id (identifier ${spec.id}))) ` +
    `(between ${spec.between.from} ${spec.between.to})) (order_by ${spec.timeField} asc) (limit ${spec.limit}))`
  );
}

/** Every pair of the device with this id and a package on it. */
export const packagesStatement = (id: string): string =>
  '(select ((package (*)) (device (id name device_uid))) (from (device package) ' +
  `(with package (where device (eq id (identifier ${id}))))))`;
