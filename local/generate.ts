import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { openApiDocument } from '../functions/http/openapi/document.ts';
import { type ApiDocument, callsCode, exitCodesCode, typesCode } from './client-code.ts';
import { kernelCode } from './kernel-code.ts';

/** What is made from functions/http/openapi/, the states of a Request and modules/rows/kernel/, by path from the root of the project. */
export async function generatedFiles(): Promise<Readonly<Record<string, string>>> {
  const text = JSON.stringify(openApiDocument(), null, 2);
  const document = JSON.parse(text) as ApiDocument;
  return {
    'docs/openapi.json': `${text}\n`,
    'client/types.ts': await typesCode(document),
    'client/calls.ts': callsCode(document),
    'client/exit-codes.ts': exitCodesCode(),
    'modules/rows/row-kernel-code.ts': await kernelCode(),
  };
}

if (import.meta.main) {
  const root = resolve(import.meta.dirname, '..');
  for (const [path, text] of Object.entries(await generatedFiles())) await writeFile(join(root, path), text);
}
