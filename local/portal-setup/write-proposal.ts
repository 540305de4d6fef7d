import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PortalCatalog } from '../../modules/portal/mapping/catalog.ts';
import type { MappingProposal } from './propose-mapping.ts';
import { reviewPage } from './review-page.ts';
import { rolesScript, schemasOf } from './roles-script.ts';

/** Writes mapping, decisions, review page and the script of the roles into a folder, for their owner alone. */
export async function writeProposal(
  folder: string,
  proposal: MappingProposal & { readonly catalog: PortalCatalog },
  showsValues: boolean,
): Promise<void> {
  const { mapping, decisions, catalog } = proposal;
  const files = {
    'mapping.json': JSON.stringify(mapping, null, 2),
    'decisions.json': JSON.stringify(decisions, null, 2),
    'review.html': reviewPage(proposal, showsValues),
    'portal-roles.sql': rolesScript(mapping, schemasOf(catalog)),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text, { mode: 0o600 });
}
