/** Size at first, bytes; it grows to what is written at once. */
const FIRST_SIZE = 64 * 1024;
/** Size of a buffer that has grown, at least: a piece of rows with room for the row that fills it. */
const GROWN_SIZE = 320 * 1024;

/** Two buffers that are filled in turn: one while the other is with the compressor. */
export class RowBuffers {
  /** Bytes are written here, from `at` on. */
  out = Buffer.allocUnsafeSlow(FIRST_SIZE);
  at = 0;
  #other = Buffer.allocUnsafeSlow(FIRST_SIZE);

  /** Makes room for so many bytes. */
  reserve(byteLength: number): void {
    const size = this.at + byteLength;
    if (size <= this.out.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(GROWN_SIZE, size + size / 2));
    this.out.copy(larger, 0, 0, this.at);
    this.out = larger;
  }

  /** What was written since the last call, without copying: good until the call after the next. */
  take(): Buffer {
    const taken = this.out.subarray(0, this.at);
    [this.out, this.#other] = [this.#other, this.out];
    this.at = 0;
    return taken;
  }
}
