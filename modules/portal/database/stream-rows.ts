import { Readable } from 'node:stream';
import { type Client, Query, type QueryArrayConfig } from 'pg';

type Row = (string | null)[];

/** A batch ends early at this size: rows may hold documents of any size. */
export const BATCH_CHARACTERS = 4_000_000;

/** Rows in batches as the server sends them, so that it may work in parallel. A reader that stops early must end the connection. */
export function streamRows(
  client: Client,
  select: string,
  values: readonly unknown[],
  batchRows: number,
): AsyncIterable<Row[]> {
  const { stream: socket } = (client as unknown as { connection: { stream: Readable } }).connection; // its type files leave it out
  const batches = new Readable({ objectMode: true, highWaterMark: 2, read: () => void socket.resume() });
  let batch: Row[] = [];
  let characters = 0;
  const push = () => {
    if (batch.length > 0 && !batches.push(batch)) socket.pause();
    [batch, characters] = [[], 0];
  };
  const query = new Query<Row>({ text: select, values: [...values], rowMode: 'array' } as QueryArrayConfig);
  query.on('row', (found) => {
    const row = found as unknown as Row;
    batch.push(row);
    for (const cell of row) characters += cell?.length ?? 0;
    if (batch.length >= batchRows || characters >= BATCH_CHARACTERS) push();
  });
  query.on('end', () => {
    push();
    batches.push(null);
    socket.resume(); // no more is read, and the next query waits for its answer
  });
  query.on('error', (error) => {
    batches.destroy(error);
    socket.resume();
  });
  client.query(query);
  return batches;
}
