import { escapeIdentifier } from 'pg';
import type { PortalTransaction } from '../database/transaction.ts';
import { isDrawn, patternOf, Tokens } from '../names/tokens.ts';
import { type JudgedTable, sharedToken } from '../search/judged-tables.ts';

const BATCH_ROWS = 2000;

/** Tokens of a run. They fit each column, and none of a form of the mapping is stored already. */
export async function runTokens(
  transaction: PortalTransaction,
  tables: readonly JudgedTable[],
  token: string,
  isEach: boolean,
): Promise<Tokens> {
  const taken = new Set<string>();
  for (const { name, from, columns } of tables) {
    for (const { column, token: form } of columns) {
      if (form === undefined || !isDrawn(form)) continue;
      const select = `SELECT DISTINCT lower(found[1])
        FROM ${from} t, regexp_matches(t.${escapeIdentifier(column)}::text, $1::text, 'gi') AS found`;
      await transaction.within(name, async () => {
        const batches = transaction.stream(select, [`(${patternOf(form)})`], BATCH_ROWS);
        for await (const rows of batches) for (const [text] of rows) taken.add(text!);
      });
    }
  }
  return new Tokens(sharedToken(tables, token), taken, isEach);
}
