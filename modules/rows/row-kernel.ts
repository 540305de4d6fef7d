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

/** One instance of the code in kernel/, with its memory. It handles one answer at a time. */
export function makeKernel() {
  const run = new WebAssembly.Instance(code).exports as unknown as KernelExports;
  const { buffer } = run.memory;
  const constant = (name: string) => (run[name] as WebAssembly.Global<'i32'>).value;
  const numbers = (name: string, length: number) => new Int32Array(buffer, constant(name), length);
  const bytes = Buffer.from(buffer);
  const maxCells = constant('MAX_CELLS');
  return {
    run,
    bytes,
    maxRecordBytes: constant('MAX_RECORD'),
    maxCells,
    input: constant('INPUT'),
    textPiece: constant('TEXT_PIECE'),
    rowsPiece: constant('ROWS_PIECE'),
    /** `[cells, 1 when quotes are honoured, known objects]` of the last record. */
    record: numbers('RECORD', 3),
    edges: numbers('EDGES', maxCells + 1),
    firsts: numbers('FIRSTS', maxCells + 1),
    layout: numbers('LAYOUT', constant('MAX_COLUMNS')),
    stretches: numbers('STRETCHES', 6 * constant('MAX_COLUMNS')),
    prefix: bytes.subarray(constant('PREFIX'), constant('PREFIX') + constant('MAX_PREFIX')),
  } as const;
}
export type RowKernel = ReturnType<typeof makeKernel>;

const idle: RowKernel[] = [];

/** A kernel for one answer. Kernels are reused: making one takes as long as thousands of rows. */
export const borrowKernel = (): RowKernel => idle.pop() ?? makeKernel();

/** Gives a kernel back. Its memory must no longer be in use. */
export const returnKernel = (kernel: RowKernel): void => {
  idle.push(kernel);
};
