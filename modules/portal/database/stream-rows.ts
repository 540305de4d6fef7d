import { type Client, Query, type QueryArrayConfig } from 'pg';

/** The socket of the driver's connection, which its type files leave out. */
interface WithSocket {
  readonly connection: { readonly stream: { pause(): unknown; resume(): unknown } };
}

type Row = (string | null)[];

/** A batch ends early at this size: rows may hold documents of any size. */
export const BATCH_CHARACTERS = 4_000_000;

const charactersIn = (row: Row) => row.reduce((sum, value) => sum + (value?.length ?? 0), 0);

/**
 * Rows of one query in batches, as the server sends them, so that it may use parallel processes. A reader that stops early must
 * end the connection. @param select casts every column to text
 */
export async function* streamRows(
  client: Client,
  select: string,
  values: readonly unknown[],
  batchRows: number,
): AsyncGenerator<Row[]> {
  const { stream } = (client as unknown as WithSocket).connection;
  let waiting: Row[] = [];
  let characters = 0;
  const holds = (batches: number) => waiting.length >= batches * batchRows || characters >= batches * BATCH_CHARACTERS;
  let ended = false;
  let failure: Error | undefined;
  let wake = () => {};
  const config: QueryArrayConfig = { text: select, values: [...values], rowMode: 'array' };
  const query = new Query<Row>(config);
  query.on('row', (row) => {
    waiting.push(row as unknown as Row);
    characters += charactersIn(row as unknown as Row);
    if (holds(1)) wake();
    if (holds(2)) stream.pause();
  });
  query.on('end', () => {
    ended = true;
    wake();
  });
  query.on('error', (error) => {
    failure = error;
    wake();
  });
  client.query(query);
  for (;;) {
    if (!holds(1) && !ended && !failure) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    if (failure) throw failure;
    const batch = waiting;
    waiting = [];
    characters = 0;
    stream.resume();
    if (batch.length > 0) yield batch;
    if (ended && waiting.length === 0) return;
  }
}
