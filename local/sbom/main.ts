import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describeFunctions } from '../build.ts';
import { describeConsole } from '../build-console.ts';
import { type BundledPackage, bundledPackages } from './bundled-packages.ts';
import { billOfMaterials, Lock } from './cyclonedx.ts';
import { licenceFaults } from './licences.ts';

const PROJECT = resolve(import.meta.dirname, '../..');

/** Packages with code in what is deployed: the functions, and the console. */
export const deployedPackages = async (): Promise<BundledPackage[]> =>
  bundledPackages([await describeFunctions(), await describeConsole()], PROJECT);

export const readLock = (): Lock => Lock.parse(JSON.parse(readFileSync(join(PROJECT, 'package-lock.json'), 'utf8')));

/** docs/third-party.md: what is deployed, with its licences. */
export function licenceList(packages: readonly BundledPackage[]): string {
  const rows = packages.map(({ name, version, licence, bundles }) => {
    const functions = bundles.filter((bundle) => bundle !== 'console').length;
    const where = [
      ...(functions > 0 ? [`${functions} function${functions > 1 ? 's' : ''}`] : []),
      ...(bundles.includes('console') ? ['console'] : []),
    ];
    return `| ${name} | ${version} | ${licence} | ${where.join(', ')} |`;
  });
  return `${HEAD}\n${[...new Set(rows)].join('\n')}\n`;
}

const HEAD = `# Packages in what is deployed

Made by \`npm run sbom\`, which also writes the bill of materials (CycloneDX 1.6) to \`build/sbom/nexthink-gdpr.cdx.json\`. Each of these packages
has code in a bundle of a function or of the console. A test compares this list with what the bundler has read, and refuses
licences that are not in \`local/sbom/licences.ts\`. Why, and what is not in it: [decision 34](decisions/0034-supply-chain.md).

| package | version | licence | in |
| --- | --- | --- | --- |`;

if (import.meta.main) {
  const packages = await deployedPackages();
  const folder = join(PROJECT, 'build/sbom');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'nexthink-gdpr.cdx.json');
  writeFileSync(file, `${JSON.stringify(billOfMaterials(packages, readLock()), null, 2)}\n`);
  writeFileSync(join(PROJECT, 'docs/third-party.md'), licenceList(packages));
  console.log(`${packages.length} packages in ${file}; their licences are in docs/third-party.md`);
  for (const fault of licenceFaults(packages)) console.error(fault);
  process.exitCode = licenceFaults(packages).length === 0 ? 0 : 1;
}
