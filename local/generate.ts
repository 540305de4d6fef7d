import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type ApiDocument, callsCode, exitCodesCode, reasonsCode, typesCode } from './client-code.ts';
import { configSchema } from './config/explain.ts';
import { kernelCode } from './kernel-code.ts';
import { openApiDocument } from './openapi/document.ts';
import { referenceMapping } from './portal-database/portal-database.ts';
import { rolesScript } from './portal-setup/roles-script.ts';
import { verifyPage } from './verify-page.ts';

/** What is made from openapi/, config/, the states of a Request and modules/rows/kernel/, by path from the root of the project. */
export async function generatedFiles(): Promise<Readonly<Record<string, string>>> {
  const text = JSON.stringify(openApiDocument(), null, 2);
  const document = JSON.parse(text) as ApiDocument;
  const page = await verifyPage();
  return {
    'docs/openapi.json': `${text}\n`,
    'client/types.ts': await typesCode(document),
    'client/calls.ts': callsCode(document),
    'client/exit-codes.ts': exitCodesCode(),
    'client/reasons.ts': reasonsCode(),
    'modules/rows/row-kernel-code.ts': await kernelCode(),
    'docs/config.schema.json': `${JSON.stringify(configSchema(), null, 2)}\n`,
    'docs/portal-roles.sql': rolesScript(await referenceMapping(), ['portal']),
    'modules/proof/verify.html': page.html,
    'modules/proof/verify-page-code.ts': page.code,
  };
}

if (import.meta.main) {
  const root = resolve(import.meta.dirname, '..');
  for (const [path, text] of Object.entries(await generatedFiles())) await writeFile(join(root, path), text);
}
