import type { PortalTransaction } from '../database/transaction.ts';
import { BystanderChangedError } from '../errors.ts';
import type { JudgedTable } from '../search/judged-tables.ts';
import type { PortalPolicy } from '../settings.ts';

/** Number of rows, and the sum of the hashes of their text. */
interface Tally {
  readonly rows: bigint;
  readonly hash: bigint;
}

const NOTHING: Tally = { rows: 0n, hash: 0n };
const plus = (a: Tally, b: Tally): Tally => ({ rows: a.rows + b.rows, hash: a.hash + b.hash });

/**
 * Hash of a row of `t` with all columns; a column named `t` is not taken for the row. Sums do not depend on the order or the
 * place of rows.
 */
export const ROW_HASH = 'hashtextextended((t.*)::text, 0)';

type Watched = Pick<JudgedTable, 'name' | 'from'>;

/** `full`: compares other rows by hash; `totals`: counts rows. */
type ControlMode = PortalPolicy['controls'];

/**
 * Proves that a run changed only rows that held the name. In every mapped table, the rows without the name before the run
 * must equal the rows that this transaction did not write after the run.
 */
export class Controls {
  readonly #transaction: PortalTransaction;
  readonly full: boolean;
  readonly #before = new Map<Watched, Tally & { readonly all: bigint }>();
  readonly #held = new Map<string, Tally>();

  constructor(transaction: PortalTransaction, mode: ControlMode) {
    this.#transaction = transaction;
    this.full = mode === 'full';
  }

  /** Reads the tables before the run. Call it before anything changes. */
  async start(tables: readonly Watched[]): Promise<void> {
    for (const table of tables) this.#before.set(table, await this.#tally(table));
  }

  /** Adds rows that will change, by number and sum of hashes. */
  add(table: string, tally: Tally): void {
    this.#held.set(table, plus(this.#held.get(table) ?? NOTHING, tally));
  }

  /** @throws {BystanderChangedError} */
  async check(): Promise<void> {
    const { rows: ids } = await this.#transaction.query('SELECT (txid_current() % 4294967296)::text');
    for (const [table, before] of this.#before) {
      const held = this.#held.get(table.name) ?? NOTHING;
      const others = await this.#tally(table, 't.xmin::text <> $1::text', [ids[0]![0]]);
      const equal = others.rows === before.rows - held.rows && others.hash === before.hash - held.hash;
      if (others.all !== before.all || (this.full && !equal)) throw new BystanderChangedError(table.name);
    }
  }

  /** All rows, and number and hashes of those where `which` is true. */
  async #tally({ name, from }: Watched, which = 'true', values: readonly unknown[] = []) {
    const hash = this.full ? ROW_HASH : '0';
    const { rows } = await this.#transaction.within(name, () =>
      this.#transaction.query(
        `SELECT count(*)::text, count(*) FILTER (WHERE ${which})::text, coalesce(sum(${hash}) FILTER (WHERE ${which}), 0)::text
         FROM ${from} t`,
        values,
      ),
    );
    const [all, some, sum] = rows[0]!.map((cell) => BigInt(cell!));
    return { all: all!, rows: some!, hash: sum! };
  }
}
