import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Metafile } from 'esbuild';
import * as z from 'zod';

/** A build as the bundler describes it. */
export interface DescribedBuild {
  readonly metafile: Metafile;
  /** Folder that its paths begin at. */
  readonly root: string;
  /** Name of what an output begins, such as a function; none for one that is only loaded by others. */
  readonly nameOf: (output: string) => string | undefined;
}

const Manifest = z.looseObject({
  name: z.string(),
  version: z.string(),
  license: z.string().optional(),
});

/** A package with code in a bundle. */
export interface BundledPackage {
  /** Where it is installed, from the root of the project: `node_modules/pg`. */
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  /** As the package says it, an SPDX id or expression. */
  readonly licence: string;
  /** Bundles that hold code of it. */
  readonly bundles: readonly string[];
  /** Folders of the packages that it imports. */
  readonly imports: readonly string[];
}

/** Code of these is in a generated file, where no bundler sees it: the package, and what its code is compiled into. */
const COMPILED_IN = [{ name: 'assemblyscript', file: 'modules/rows/row-kernel-code.ts' }];

/** Every package whose code is in one of the builds, by folder. @param project root of the project */
export function bundledPackages(builds: readonly DescribedBuild[], project: string): BundledPackage[] {
  const found = new Map<string, { readonly bundles: Set<string>; readonly imports: Set<string> }>();
  const partsOf = (folder: string) => {
    const parts = found.get(folder) ?? { bundles: new Set(), imports: new Set() };
    found.set(folder, parts);
    return parts;
  };
  for (const build of builds) {
    const fromRoot = (path: string) => resolve(build.root, path).slice(project.length + 1);
    for (const [file, bundles] of filesIn(build)) {
      const folder = packageOf(fromRoot(file));
      const compiled = COMPILED_IN.filter((each) => each.file === fromRoot(file)).map(
        ({ name }) => `node_modules/${name}`,
      );
      for (const each of [...(folder ? [folder] : []), ...compiled]) {
        const { bundles: all, imports } = partsOf(each);
        for (const bundle of bundles) all.add(bundle);
        if (each !== folder) continue;
        for (const { path, external } of build.metafile.inputs[file]!.imports) {
          const imported = external ? undefined : packageOf(fromRoot(path));
          if (imported && imported !== each) imports.add(imported);
        }
      }
    }
  }
  return [...found.keys()].sort().map((folder) => {
    const { bundles, imports } = found.get(folder)!;
    const {
      name,
      version,
      license = 'NONE',
    } = Manifest.parse(JSON.parse(readFileSync(resolve(project, folder, 'package.json'), 'utf8')));
    const known = [...imports].filter((each) => found.has(each)).sort();
    return { folder, name, version, licence: license, bundles: [...bundles].sort(), imports: known };
  });
}

/** Files with code in an output, and the bundles that load that output. */
function filesIn({ metafile, nameOf }: DescribedBuild): Map<string, Set<string>> {
  const files = new Map<string, Set<string>>();
  for (const entry of Object.keys(metafile.outputs)) {
    const name = nameOf(entry);
    for (const output of name === undefined ? [] : loadedBy(entry, metafile)) {
      for (const [file, { bytesInOutput }] of Object.entries(metafile.outputs[output]!.inputs))
        if (bytesInOutput > 0) files.set(file, (files.get(file) ?? new Set()).add(name!));
    }
  }
  return files;
}

/** An output and all that it loads, its style sheet too. */
function loadedBy(entry: string, { outputs }: Metafile): ReadonlySet<string> {
  const reached = new Set([entry]);
  for (const path of reached) {
    const { imports, cssBundle } = outputs[path]!;
    for (const each of [...imports.filter(({ external }) => !external).map((one) => one.path), cssBundle ?? path])
      if (outputs[each]) reached.add(each);
  }
  return reached;
}

/** The folder of the package that a file is in; none for a file of the project. */
const packageOf = (file: string): string | undefined =>
  /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0];
