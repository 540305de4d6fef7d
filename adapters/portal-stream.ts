import { type Client, Query, type QueryArrayConfig } from 'pg';

/** What of the driver's connection lets its socket rest; its type files leave it out. */
interface WithSocket {
  readonly connection: { readonly stream: { pause(): unknown; resume(): unknown } };
}

type Row = (string | null)[];

/**
 * Rows of one query in batches, as they come from the server; while more than one batch waits, the socket rests. Unlike a
 * cursor this lets the server work with parallel processes. A reader who stops early must end the connection.
 * @param select casts every column to text
 */
export async function* streamRows(
  client: Client,
  select: string,
  values: readonly unknown[],
  batchRows: number,
): AsyncGenerator<Row[]> {
  const { stream } = (client as unknown as WithSocket).connection;
  let waiting: Row[] = [];
  let ended = false;
  let failure: Error | undefined;
  let wake = () => {};
  const config: QueryArrayConfig = { text: select, values: [...values], rowMode: 'array' };
  const query = new Query<Row>(config);
  query.on('row', (row) => {
    waiting.push(row as unknown as Row);
    if (waiting.length === batchRows) wake();
    if (waiting.length === 2 * batchRows) stream.pause();
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
    if (waiting.length < batchRows && !ended && !failure) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    if (failure) throw failure;
    const batch = waiting;
    waiting = [];
    stream.resume();
    if (batch.length > 0) yield batch;
    if (ended && waiting.length === 0) return;
  }
}
