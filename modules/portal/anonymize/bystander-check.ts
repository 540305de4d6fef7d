import type { PortalTransaction } from '../database/transaction.ts';
import { BystanderChangedError } from '../errors.ts';
import type { JudgedTable } from '../search/judged-tables.ts';
import type { PortalPolicy } from '../settings.ts';
import { writtenBy } from './triggers.ts';

/** Hash of a row of `t`, also where a column is named `t`. Sums do not depend on the order or the place of rows. */
export const ROW_HASH = 'hashtextextended((t.*)::text, 0)';

/** All rows of a table, and number and sum of hashes of those that a run must not change. */
type Tally = { readonly all: bigint; rows: bigint; hash: bigint };

/** Proves that a run has written no row without the name: in mapped tables, these must be the same rows before and after it. */
export class Controls {
  readonly #transaction: PortalTransaction;
  /** Compares other rows by hash; else counts rows. */
  readonly full: boolean;
  readonly #others = new Map<JudgedTable, Tally>();

  constructor(transaction: PortalTransaction, mode: PortalPolicy['controls']) {
    this.#transaction = transaction;
    this.full = mode === 'full';
  }

  /** Reads the tables before the run. Call it before anything changes. */
  async start(tables: readonly JudgedTable[]): Promise<void> {
    for (const table of tables) this.#others.set(table, await this.#tally(table, ''));
  }

  /** Rows will change. Call it before a trigger may have written them. */
  add(table: JudgedTable, rows: readonly { readonly hash: string }[]): void {
    const others = this.#others.get(table)!;
    others.rows -= BigInt(rows.length);
    for (const { hash } of rows) others.hash -= BigInt(hash);
  }

  /** @throws {BystanderChangedError} */
  async check(): Promise<void> {
    const others = `FILTER (WHERE NOT (${await writtenBy(this.#transaction)}))`;
    for (const [table, before] of this.#others) {
      const { all, rows, hash } = await this.#tally(table, others);
      if (rows !== before.rows || hash !== before.hash || all < before.all) throw new BystanderChangedError(table.name);
    }
  }

  async #tally({ name, from }: JudgedTable, others: string): Promise<Tally> {
    const { rows: found } = await this.#transaction.within(name, () =>
      this.#transaction.query(
        `SELECT count(*)::text, count(*) ${others}::text, coalesce(sum(${this.full ? ROW_HASH : '0'}) ${others}, 0)::text
         FROM ${from} t`,
      ),
    );
    const [all, rows, hash] = found[0]!.map((cell) => BigInt(cell!));
    return { all: all!, rows: rows!, hash: hash! };
  }
}
