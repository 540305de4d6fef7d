import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';

/** Files of the project by path from the root, with their text. Rules read it, and tests plant faults into it. */
export type Tree = ReadonlyMap<string, string>;

/** One import or re-export of a source file, dynamic ones included. */
export interface Import {
  /** Path from the root for files of the project, else the name as written: `node:zlib`, `zod`, `@aws-sdk/client-s3`. */
  readonly target: string;
  /** Gone when the types are: `import type`, or every name in it marked `type`. */
  readonly typeOnly: boolean;
}

/** Every file that git tracks, or would. */
export function projectTree(): Tree {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' });
  const files = listed.split('\n').filter((file) => file !== '' && existsSync(file));
  return new Map(files.map((file) => [file, readFileSync(file, 'utf8')]));
}

/** Made by `npm run generate`. */
const GENERATED = [
  'client/types.ts',
  'client/calls.ts',
  'client/exit-codes.ts',
  'client/reasons.ts',
  'modules/rows/row-kernel-code.ts',
  'modules/proof/verify-page-code.ts',
];

/** What is deployed, served or run by an operator; its lines are the budget's. */
const PRODUCT = /^(modules|functions|cli|console|infra|client)\/.*\.tsx?$/;

export const isGenerated = (file: string): boolean => GENERATED.includes(file);
export const isProduct = (file: string): boolean => PRODUCT.test(file) && !isGenerated(file);
/** TypeScript outside the tests. The kernel is AssemblyScript, which has imports of another kind. */
export const isSource = (file: string): boolean =>
  /\.(tsx?|mts|mjs)$/.test(file) && !file.startsWith('test/') && !file.startsWith('modules/rows/kernel/');

export const lineCount = (text: string): number => text.split('\n').length - 1;

const STATEMENT = /^\s*(?:import|export)\b([^'"`;()]*?)\bfrom\s*['"]([^'"]+)['"]/gm;
const BARE = /^\s*import\s*['"]([^'"]+)['"]/gm;
const DYNAMIC = /\bimport\(\s*['"`]([^'"`]+)['"`]\s*\)/g;

/** Imports and re-exports of a source text. @param file path from the root */
export function importsOf(file: string, text: string): Import[] {
  const resolve = (written: string) =>
    written.startsWith('.') ? posix.normalize(posix.join(posix.dirname(file), written)) : written;
  return [
    ...[...text.matchAll(STATEMENT)].map(([, clause, written]) => ({
      target: resolve(written!),
      typeOnly: onlyTypes(clause!.trim()),
    })),
    ...[...text.matchAll(BARE), ...text.matchAll(DYNAMIC)].map(([, written]) => ({
      target: resolve(written!),
      typeOnly: false,
    })),
  ];
}

function onlyTypes(clause: string): boolean {
  if (/^type\b/.test(clause)) return true;
  const named = (/^\{([^}]*)\}$/s.exec(clause)?.[1] ?? '').split(',').map((word) => word.trim());
  const written = named.filter((word) => word !== '');
  return written.length > 0 && written.every((word) => word.startsWith('type '));
}

/** Every import of the files that `about` picks, with the file it stands in. */
export const importsIn = (tree: Tree, about: (file: string) => boolean): { file: string; found: Import }[] =>
  [...tree]
    .filter(([file]) => about(file) && isSource(file))
    .flatMap(([file, text]) => importsOf(file, text).map((found) => ({ file, found })));

/** Groups of files that import each other in a circle, type imports included. Tarjan's algorithm. */
export function circlesIn(tree: Tree): string[][] {
  const targets = new Map(
    [...tree]
      .filter(([file]) => isSource(file))
      .map(([file, text]) => [file, importsOf(file, text).map(({ target }) => target)]),
  );
  const indexes = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const circles: string[][] = [];
  const visit = (file: string): void => {
    indexes.set(file, indexes.size);
    lowest.set(file, indexes.get(file)!);
    open.push(file);
    for (const next of targets.get(file)!) {
      if (!targets.has(next)) continue;
      if (!indexes.has(next)) visit(next);
      if (open.includes(next)) lowest.set(file, Math.min(lowest.get(file)!, lowest.get(next)!));
    }
    if (lowest.get(file) !== indexes.get(file)) return;
    const circle = open.splice(open.indexOf(file));
    if (circle.length > 1 || targets.get(file)!.includes(file)) circles.push(circle);
  };
  for (const file of targets.keys()) if (!indexes.has(file)) visit(file);
  return circles;
}
