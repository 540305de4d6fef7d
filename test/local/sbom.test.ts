import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildFunctions, describeFunctions } from '../../local/build.ts';
import { buildConsole, describeConsole } from '../../local/build-console.ts';
import { type BundledPackage, bundledPackages, type DescribedBuild } from '../../local/sbom/bundled-packages.ts';
import { billOfMaterials } from '../../local/sbom/cyclonedx.ts';
import { ALLOWED, licenceFaults } from '../../local/sbom/licences.ts';
import { licenceList, readLock } from '../../local/sbom/main.ts';
import packageFile from '../../package.json' with { type: 'json' };
import { projectTree } from '../architecture/sources.ts';
import { run } from '../support/command.ts';
import { startPlainPeer } from '../support/plain-peer.ts';

const PROJECT = resolve(import.meta.dirname, '../..');

let builds: DescribedBuild[];
let packages: BundledPackage[];
beforeAll(async () => {
  builds = [await describeFunctions(), await describeConsole()];
  packages = bundledPackages(builds, PROJECT);
});

interface Bill {
  readonly components: readonly {
    readonly name: string;
    readonly group?: string;
    readonly version: string;
    readonly purl: string;
    readonly 'bom-ref': string;
  }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}
const bill = () => billOfMaterials(packages, readLock()) as Bill;

describe('the bill of materials', () => {
  it('lists every package that the bundler has taken code from, and no other', async () => {
    const written = [(await buildFunctions()).folder, await buildConsole()].flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => basename(file)),
    );
    const isDeployed = (output: string) =>
      builds[0]!.nameOf(output) !== undefined || written.includes(basename(output));
    const folders = builds.flatMap(({ metafile: { outputs }, root }) =>
      Object.entries(outputs).flatMap(([output, { inputs }]) =>
        !isDeployed(output)
          ? []
          : Object.entries(inputs).flatMap(([file, { bytesInOutput }]) => {
              const at = relative(PROJECT, resolve(root, file)).split('node_modules/');
              const [scope = '', name = ''] = at.at(-1)!.split('/');
              if (at.length < 2 || bytesInOutput === 0) return [];
              return [
                `${at.slice(0, -1).join('node_modules/')}node_modules/${scope.startsWith('@') ? `${scope}/${name}` : scope}`,
              ];
            }),
      ),
    );

    const listed = packages.map(({ folder }) => folder);
    expect(listed.filter((folder) => folder !== 'node_modules/assemblyscript')).toEqual([...new Set(folders)].sort());
    expect(listed).toContain('node_modules/assemblyscript'); // its library is in the row kernel
    expect(bill().components).toHaveLength(listed.length);
  });

  it('names function and console of each, and the packages that the project asks for itself', () => {
    const bundlesOf = (name: string) => packages.find((each) => each.name === name)!.bundles;
    expect(bundlesOf('react')).toEqual(['console']);
    expect(bundlesOf('pkijs')).toContain('anchor-audit');
    expect(bundlesOf('pg')).toContain('anonymize-portal');
    expect(bundlesOf('pg')).not.toContain('read');
    const own = Object.entries(packageFile.dependencies).filter(([name]) =>
      packages.some((each) => each.name === name),
    );
    expect(own.length).toBeGreaterThan(15);
    for (const [name, version] of own) expect(packages.find((each) => each.name === name)!.version).toBe(version);
  });

  it('has the form of CycloneDX 1.6, and would not pass with another field', () => {
    const schema = JSON.parse(readFileSync(join(PROJECT, 'test/support/cyclonedx-1.6.json'), 'utf8')) as object;
    const isValid = new Ajv({ strict: false }).compile(schema);

    expect(isValid(bill()) || isValid.errors).toBe(true);
    expect(isValid({ ...bill(), specVersion: 7 })).toBe(false);
    const [first, ...rest] = bill().components;
    expect(isValid({ ...bill(), components: [{ ...first, licence: 'MIT' }, ...rest] })).toBe(false);
  });

  it('refers to what it lists alone, and is the same each time', () => {
    const { components, dependencies } = bill();
    const refs = new Set(components.map((component) => component['bom-ref']));
    expect(dependencies.flatMap(({ dependsOn }) => dependsOn).filter((ref) => !refs.has(ref))).toEqual([]);
    expect(refs.size).toBe(components.length);
    expect(bill()).toEqual(bill());
  });

  it('is what docs/third-party.md says (written by `npm run sbom`)', () => {
    expect(readFileSync(join(PROJECT, 'docs/third-party.md'), 'utf8')).toBe(licenceList(packages));
  });
});

describe('licences', () => {
  it('of all that is deployed are allowed', () => {
    expect(licenceFaults(packages)).toEqual([]);
    expect(ALLOWED.filter((licence) => /GPL|SSPL|BUSL/.test(licence))).toEqual([]);
  });

  it.each(['GPL-3.0-only', 'AGPL-3.0', 'UNLICENSED', 'NONE', 'SEE LICENSE IN LICENSE.md', 'MIT AND GPL-2.0'])(
    '%s would not pass',
    (licence) => expect(licenceFaults([{ name: 'x', version: '1.0.0', licence }])).toHaveLength(1),
  );

  it('one of several is enough', () => {
    expect(licenceFaults([{ name: 'x', version: '1.0.0', licence: '(GPL-2.0 OR MIT)' }])).toEqual([]);
  });
});

/** Files of the project that take code of a package; types count for nothing. */
function importersOf(name: string): string[] {
  const quoted = name.replaceAll(/[/@.-]/g, '\\$&');
  const code = new RegExp(
    `^(?:import|export) (?!type\\b)[^;]*?from '${quoted}(?:/[^']*)?'|(?:import|require)\\(['\`]${quoted}(?:/[^'\`]*)?['\`]\\)`,
    'ms',
  );
  return [...projectTree()]
    .filter(([file]) => /^(modules|functions|local|cli|console|infra|client)\/.*\.tsx?$/.test(file))
    .filter(([, text]) => code.test(text))
    .map(([file]) => file)
    .sort();
}

describe('weak packages', () => {
  const page = readFileSync(join(PROJECT, 'docs/decisions/0034-supply-chain.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `([^`]+)` \|([^|]*)\|([^|]*)\|([^|]+)\|$/gm)].map(
    ([, name, why, files, out]) => ({
      name: name!,
      why: why!.trim(),
      files: [...files!.matchAll(/`([^`]+)`/g)].map(([, file]) => file!).sort(),
      out: out!.trim(),
    }),
  );

  it.each(rows.map((row) => [row.name, row] as const))(
    '%s is imported where the page says, and has a way out',
    (name, row) => {
      expect(importersOf(name)).toEqual(row.files);
      expect([row.why, row.out]).not.toContain('');
    },
  );

  it('are all that call themselves unfinished', () => {
    const unfinished = Object.entries(packageFile.dependencies).filter(([, version]) =>
      /-(alpha|beta|rc|next)/.test(version),
    );
    const named = rows.map((row) => row.name.replace('@', ''));
    expect(unfinished.filter(([name]) => !named.includes(name))).toEqual([]);
  });
});

describe('two builds of one state', () => {
  const copy = join(PROJECT, 'build', `elsewhere-${process.pid}`, 'deeper');
  afterAll(() => rmSync(dirname(copy), { recursive: true, force: true }));

  /** Each file below a folder, with its bytes. */
  const filesIn = (folder: string) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== 'stamp.json')
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => !file.includes('/.compiled/')) // of processes that have run there
      .map((file): [string, string] => [relative(folder, file), readFileSync(file).toString('base64')])
      .sort();

  it('in two folders are equal byte by byte, functions and console', async () => {
    mkdirSync(copy, { recursive: true });
    for (const folder of ['functions', 'modules', 'client', 'console', 'local', 'docs'])
      cpSync(join(PROJECT, folder), join(copy, folder), { recursive: true });
    for (const file of ['package.json', 'package-lock.json', 'tsconfig.json'])
      cpSync(join(PROJECT, file), join(copy, file));
    const installed = [
      'zod',
      'yaml',
      'esbuild',
      '@esbuild/linux-x64',
      '@esbuild/linux-arm64',
      ...Object.keys(packageFile.dependencies),
    ];
    const folders = new Set([
      ...packages.map(({ folder }) => folder),
      ...installed.map((name) => `node_modules/${name}`),
    ]);
    for (const folder of [...folders].filter(
      (each) => existsSync(join(PROJECT, each)) && !existsSync(join(copy, each)),
    )) {
      mkdirSync(dirname(join(copy, folder)), { recursive: true });
      execFileSync('cp', ['-al', join(PROJECT, folder), join(copy, folder)]);
    }

    execFileSync(process.execPath, ['local/build.ts'], { cwd: copy });
    execFileSync(process.execPath, ['local/build-console.ts'], { cwd: copy });

    const { folder } = await buildFunctions();
    expect(filesIn(join(copy, 'build/functions')).length).toBeGreaterThan(100);
    expect(filesIn(join(copy, 'build/functions'))).toEqual(filesIn(folder));
    expect(filesIn(join(copy, 'build/console'))).toEqual(filesIn(await buildConsole()));
  });
});

describe('npm run advisories', () => {
  it('says that nothing was checked where the registry does not answer, and fails no build', async () => {
    const registry = await startPlainPeer();
    registry.answerWith({ status: 405 });
    const ask = (...args: string[]) =>
      run('node', ['local/sbom/advisories.ts', ...args], {
        npm_config_registry: registry.url,
        npm_config_fetch_retries: '0',
      });
    const { code, stdout, stderr } = await ask();
    const required = await ask('--required');
    await registry.stop();

    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toContain('The registry did not answer `npm audit` (HTTP 405): nothing was checked.');
    expect([required.code, required.stderr]).toEqual([3, stderr]);
    expect(registry.asked.length).toBeGreaterThan(0);
  });
});
