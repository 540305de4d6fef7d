import { ROW_KERNEL } from './row-kernel-code.ts';

/** What modules/rows/kernel/index.ts exports: functions, and addresses in its memory. */
interface KernelExports {
  readonly memory: WebAssembly.Memory;
  readonly expect: (columns: number, objects: number) => void;
  readonly cut: (at: number, filled: number, last: number) => number;
  readonly layOut: (prefix: number, stretches: number, objects: number, neutralize: number) => void;
  readonly write: () => number;
  readonly take: () => number;
  readonly [constant: string]: unknown;
}

const code = new WebAssembly.Module(Buffer.from(ROW_KERNEL, 'base64'));

/**
 * One instance of the code in kernel/, which cuts text into records and writes them as CSV. Both sides read and write
 * its memory. It handles one answer at a time.
 */
export class RowKernel {
  readonly run: KernelExports;
  readonly bytes: Buffer;
  readonly maxRecordBytes: number;
  readonly maxCells: number;
  readonly input: number;
  readonly textPiece: number;
  readonly rowsPiece: number;
  /** `[cells, 1 when quotes are honoured, known objects]` of the last record. */
  readonly record: Int32Array;
  readonly edges: Int32Array;
  readonly firsts: Int32Array;
  readonly layout: Int32Array;
  readonly stretches: Int32Array;
  readonly prefix: Buffer;

  constructor() {
    this.run = new WebAssembly.Instance(code).exports as unknown as KernelExports;
    const constant = (name: string) => (this.run[name] as WebAssembly.Global<'i32'>).value;
    const numbers = (name: string, length: number) => new Int32Array(this.run.memory.buffer, constant(name), length);
    this.bytes = Buffer.from(this.run.memory.buffer);
    this.maxRecordBytes = constant('MAX_RECORD');
    this.maxCells = constant('MAX_CELLS');
    this.input = constant('INPUT');
    this.textPiece = constant('TEXT_PIECE');
    this.rowsPiece = constant('ROWS_PIECE');
    this.record = numbers('RECORD', 3);
    this.edges = numbers('EDGES', this.maxCells + 1);
    this.firsts = numbers('FIRSTS', this.maxCells + 1);
    this.layout = numbers('LAYOUT', constant('MAX_COLUMNS'));
    this.stretches = numbers('STRETCHES', 6 * constant('MAX_COLUMNS'));
    this.prefix = this.bytes.subarray(constant('PREFIX'), constant('PREFIX') + constant('MAX_PREFIX'));
  }
}

const idle: RowKernel[] = [];

/** A kernel for one answer. Kernels are reused: making one takes as long as thousands of rows. */
export const borrowKernel = (): RowKernel => idle.pop() ?? new RowKernel();

/** Gives a kernel back. Its memory must no longer be in use. */
export const returnKernel = (kernel: RowKernel): void => {
  idle.push(kernel);
};
