import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import asc from 'assemblyscript/asc';

const ROOT = resolve(import.meta.dirname, '..');
/** Its memory has this many pages of 64 KiB, from the start and for good: OUTPUT of modules/rows/kernel/memory.ts and two regions. */
const PAGES = '123';

/** modules/rows/row-kernel-code.ts: kernel/ as WebAssembly. @throws {Error} what the compiler says of it */
export async function kernelCode(): Promise<string> {
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    [
      'modules/rows/kernel/index.ts',
      ...['--outFile', 'kernel.wasm', '--baseDir', ROOT],
      ...['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd'],
      ...['--initialMemory', PAGES, '--maximumMemory', PAGES],
    ],
    {
      readFile: (name, baseDir) => readFile(resolve(baseDir, name), 'utf8').catch(() => null),
      writeFile: (_name, contents) => {
        binary = contents as Uint8Array;
      },
    },
  );
  if (error || !binary) throw new Error(`kernel/ does not compile:\n${stderr}`);
  const text = Buffer.from(binary).toString('base64');
  return `/** kernel/ as WebAssembly, in Base64. Made by \`npm run generate\`. */\nexport const ROW_KERNEL =\n  '${text}';\n`;
}
