import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

/** Maximum length of an input that is kept. */
const MAX_BYTES = 1 << 20;
/** One input takes milliseconds; this long is no end. */
const MAX_SECONDS = 120;

/** Where inputs lie that broke something. */
export const FOUND = join(import.meta.dirname, '../../build/fuzz');

/** Runs beside the test, which may never come back from an input: then it keeps the input and ends the process. */
const CODE = `
const { workerData } = require('node:worker_threads');
const { writeFileSync } = require('node:fs');
const { state, bytes, names, folder, seconds } = workerData;
let [last, since] = [-1, 0];
setInterval(() => {
  const [count, isBusy, length, name] = state;
  if (!isBusy || count !== last) { last = count; since = Date.now(); return; }
  if (Date.now() - since < seconds * 1000) return;
  const file = folder + '/' + names[name] + '-hangs';
  writeFileSync(file, Buffer.from(bytes).subarray(0, length));
  process.stderr.write('fuzz: ' + names[name] + ' does not come to an end with ' + file + '\\n');
  process.kill(process.pid, 'SIGKILL');
}, 1000);
`;

/** Watches over inputs that never end. */
export function watch(names: readonly string[]) {
  mkdirSync(FOUND, { recursive: true });
  const state = new Int32Array(new SharedArrayBuffer(16));
  const bytes = new Uint8Array(new SharedArrayBuffer(MAX_BYTES));
  const workerData = { state, bytes, names, folder: FOUND, seconds: MAX_SECONDS };
  const worker = new Worker(CODE, { eval: true, workerData });
  worker.unref();
  return {
    async over<T>(name: string, input: Buffer, run: () => Promise<T> | T): Promise<T> {
      bytes.set(input.subarray(0, MAX_BYTES));
      state[2] = Math.min(input.length, MAX_BYTES);
      state[3] = names.indexOf(name);
      state[0]! += 1;
      state[1] = 1;
      try {
        return await run();
      } finally {
        state[1] = 0;
      }
    },
    stop: () => worker.terminate(),
  };
}
