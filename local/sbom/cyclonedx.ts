import { createHash } from 'node:crypto';
import * as z from 'zod';
import { TOOL_VERSION } from '../../modules/common/version.ts';
import type { BundledPackage } from './bundled-packages.ts';

/** What package-lock.json says of an installed package. */
const Locked = z.looseObject({ integrity: z.string().optional(), resolved: z.string().optional() });
export const Lock = z.looseObject({ packages: z.record(z.string(), Locked) });
export type Lock = z.infer<typeof Lock>;

const ROOT = `pkg:generic/nexthink-gdpr@${TOOL_VERSION}`;

const purlOf = ({ name, version }: BundledPackage): string => `pkg:npm/${name.replace('@', '%40')}@${version}`;

/** An SPDX id, or an expression with several. */
const licencesOf = (licence: string) => [
  /[ ()]/.test(licence) ? { expression: licence } : { license: { id: licence } },
];

/** `sha512-<base64>` of package-lock.json, as CycloneDX has it. */
function hashesOf(integrity: string | undefined) {
  const base64 = /^sha512-(.+)$/.exec(integrity ?? '')?.[1];
  return base64 ? [{ alg: 'SHA-512', content: Buffer.from(base64, 'base64').toString('hex') }] : [];
}

function componentOf(bundled: BundledPackage, { packages }: Lock) {
  const { integrity, resolved } = packages[bundled.folder] ?? {};
  const [group, name] = bundled.name.startsWith('@') ? bundled.name.split('/') : [undefined, bundled.name];
  return {
    type: 'library',
    'bom-ref': refOf(bundled),
    ...(group !== undefined && { group }),
    name,
    version: bundled.version,
    hashes: hashesOf(integrity),
    licenses: licencesOf(bundled.licence),
    purl: purlOf(bundled),
    ...(resolved !== undefined && { externalReferences: [{ type: 'distribution', url: resolved }] }),
    properties: bundled.bundles.map((value) => ({ name: 'nexthink-gdpr:bundle', value })),
  };
}

/** One package may be installed twice. */
const refOf = (bundled: BundledPackage): string => `${purlOf(bundled)}#${bundled.folder}`;

/**
 * A bill of materials in the form of CycloneDX 1.6. It has no time of its own: the same packages give the same document.
 * Source: https://cyclonedx.org/docs/1.6/json/
 */
export function billOfMaterials(packages: readonly BundledPackage[], lock: Lock): object {
  const byFolder = new Map(packages.map((each) => [each.folder, each]));
  const components = packages.map((each) => componentOf(each, lock));
  const needed = new Set(packages.flatMap(({ imports }) => imports));
  const dependencies = [
    { ref: ROOT, dependsOn: packages.filter(({ folder }) => !needed.has(folder)).map(refOf) },
    ...packages.map((each) => ({
      ref: refOf(each),
      dependsOn: each.imports.map((folder) => refOf(byFolder.get(folder)!)),
    })),
  ];
  const hash = createHash('sha256')
    .update(JSON.stringify([components, dependencies]))
    .digest('hex');
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`,
    version: 1,
    metadata: {
      lifecycles: [{ phase: 'build' }],
      component: { type: 'application', 'bom-ref': ROOT, name: 'nexthink-gdpr', version: TOOL_VERSION },
    },
    components,
    dependencies,
  };
}
