import { AUTHORIZER, FUNCTIONS } from '../../functions/registry.ts';
import { circlesIn, type Import, importsIn, isSource, type Tree } from './sources.ts';

/** The rooms, from the ground up: each may import those before it, and itself. Source: docs/decisions/0020. */
export const ROOMS = [
  'common',
  'net',
  'rows',
  'ticket-systems',
  'requests',
  'masking',
  'archive',
  'proof',
  'notices',
  'sentinel',
  'engines',
  'portal',
  'lifecycle',
  'tickets',
  'schedules',
] as const;

const roomOf = (path: string): string | undefined => /^modules\/([^/]+)\//.exec(path)?.[1];
const sentence = (file: string, { target, typeOnly }: Import): string =>
  `${file} imports ${target}${typeOnly ? ' (types)' : ''}`;
const refused = (tree: Tree, about: RegExp, allows: (found: Import, file: string) => boolean): string[] =>
  importsIn(tree, (file) => about.test(file))
    .filter(({ file, found }) => !allows(found, file))
    .map(({ file, found }) => sentence(file, found));

/** No circle, and a room imports the rooms above it in the list alone. */
export function roomFaults(tree: Tree): string[] {
  const circles = circlesIn(tree).map((files) => `circle: ${files.sort().join(', ')}`);
  const unknown = [...tree.keys()]
    .filter((file) => file.startsWith('modules/') && !(ROOMS as readonly string[]).includes(roomOf(file) ?? ''))
    .map((file) => `${file}: its room is not in the list`);
  const upwards = refused(tree, /^modules\//, ({ target }, file) => {
    if (!/^[a-z-]+\/.*\.\w+$/.test(target) || !tree.has(target)) return true; // a package, or a file that tsc misses
    const [from, to] = [roomOf(file), roomOf(target)].map((room) => ROOMS.indexOf(room as (typeof ROOMS)[number]));
    return to! >= 0 && to! <= from!;
  });
  return [...circles, ...unknown, ...upwards];
}

/** Where SDKs, drivers and sockets may be imported; the folders of the Portal that speak SQL get the driver alone. */
const ADAPTERS = /^(modules\/([^/]+\/)+adapters\/|functions\/http\/adapters\/|functions\/wiring\/)/;
const SPEAKS_SQL = /^modules\/portal\/(database|mapping|search|retrieval|anonymize|setup)\//;
const SDKS = /^(@aws-sdk\/|@smithy\/|aws-sdk|pg(-|$))/;
const SOCKETS = /^((node:)?(net|tls|http|https|http2|dgram|dns|child_process)(\/|$)|undici)/;
/** The same without an import. */
const CALLS_OUT = /(?<![.\w])(fetch|WebSocket|EventSource)\(/;
const ENVIRONMENT = /\bprocess\.env\b|\bprocess\[|\{[^}]*\benv\b[^}]*\} = process\b|'node:process'/;

/** SDKs, sockets and the environment each have their place. */
export function outsideFaults(tree: Tree): string[] {
  const code = /^(modules|functions)\//;
  const readers = [...tree]
    .filter(
      ([file, text]) =>
        code.test(file) && isSource(file) && !file.startsWith('functions/wiring/') && ENVIRONMENT.test(text),
    )
    .map(([file]) => `${file} reads process.env`);
  const callers = [...tree]
    .filter(
      ([file, text]) =>
        code.test(file) &&
        isSource(file) &&
        !file.startsWith('modules/net/') &&
        !ADAPTERS.test(file) &&
        CALLS_OUT.test(text),
    )
    .map(([file]) => `${file} calls out by itself`);
  return [
    ...refused(
      tree,
      code,
      ({ target }, file) => !SDKS.test(target) || ADAPTERS.test(file) || (target === 'pg' && SPEAKS_SQL.test(file)),
    ),
    ...refused(
      tree,
      code,
      ({ target }, file) => !SOCKETS.test(target) || file.startsWith('modules/net/') || ADAPTERS.test(file),
    ),
    ...readers,
    ...callers,
  ];
}

const LAMBDAS = /^functions\/(api|tasks|schedules)\//;

/**
 * Files of Lambdas import rooms, the HTTP edge and the wiring; nobody but the bundler and tests imports them. A route's
 * file imports no other route, so that from the entry of a Lambda to the decision there are two hops at most.
 */
export function lambdaFaults(tree: Tree): string[] {
  const inside = refused(tree, LAMBDAS, ({ target }, file) =>
    /^functions\//.test(target)
      ? /^functions\/(http|wiring)\//.test(target) ||
        target === 'functions/registry.ts' ||
        (ENTRIES.has(file) && !ENTRIES.has(target) && LAMBDAS.test(target))
      : /^(modules\/|docs\/openapi\.json$|@middy\/|zod$|node:|aws-lambda$)/.test(target),
  );
  const outside = refused(
    tree,
    /^(?!local\/|bench\/)/,
    ({ target }, file) => LAMBDAS.test(file) || !LAMBDAS.test(target),
  );
  const edge = refused(
    tree,
    /^functions\/(http|wiring)\//,
    ({ target }) => !target.startsWith('functions/') || /^functions\/(http\/|wiring\/|registry\.ts)/.test(target),
  );
  return [...inside, ...outside, ...edge];
}

/** The files that functions/registry.ts names: the entries of Lambdas. */
const ENTRIES: ReadonlySet<string> = new Set([...FUNCTIONS, AUTHORIZER].map(({ file }) => `functions/${file}.ts`));

/** The one room that each offline verb is about, and the local system for `--local`. */
const OFFLINE: readonly { readonly files: RegExp; readonly rooms: RegExp }[] = [
  { files: /^cli\/commands\/archive/, rooms: /^modules\/archive\// },
  { files: /^cli\/commands\/(certificate|audit)|^cli\/stamps\.ts$/, rooms: /^modules\/proof\// },
  { files: /^cli\/commands\/portal/, rooms: /^(modules\/portal|local\/portal-setup)\// },
  { files: /^cli\/commands\/record/, rooms: /^local\/record\// },
  { files: /^cli\/commands\/settings/, rooms: /^local\/config\// },
  { files: /^cli\/connection\.ts$/, rooms: /^local\/private-system\.ts$/ },
];

/** Console and command line know the system through client/; infra/ runs no code of the domain. */
export function clientFaults(tree: Tree): string[] {
  const ours = (target: string) => /^(modules|functions|local|infra|cli|console|client|bench|test)\//.test(target);
  const offline = (target: string, file: string) =>
    OFFLINE.some(({ files, rooms }) => files.test(file) && rooms.test(target));
  return [
    ...refused(tree, /^client\//, ({ target }) => !ours(target) || target.startsWith('client/')),
    ...refused(tree, /^console\//, ({ target }) => !ours(target) || /^(client|console)\//.test(target)),
    ...refused(
      tree,
      /^cli\//,
      ({ target }, file) => !ours(target) || /^(client|cli)\//.test(target) || offline(target, file),
    ),
    ...refused(
      tree,
      /^infra\//,
      ({ target }) =>
        !ours(target) ||
        target.startsWith('infra/') ||
        ['functions/registry.ts', 'modules/requests/adapters/dynamo-indexes.ts', 'console/headers.ts'].includes(target),
    ),
    ...refused(
      tree,
      /^local\//,
      ({ target }, file) =>
        !ours(target) ||
        /^(?!cli|infra|test|bench)/.test(target) ||
        (file.startsWith('local/smoke/') && target.startsWith('client/')), // it calls a deployed system, as a customer does
    ),
  ];
}

/** A file that only passes on what others define hides where it stands. */
export const reExportFaults = (tree: Tree): string[] =>
  [...tree]
    .filter(([file, text]) => isSource(file) && /^export\s+(type\s+)?(\*|\{[^}]*\})\s*(as \w+ )?from/m.test(text))
    .map(([file]) => `${file} re-exports`);

/** Exported names that no other file imports, tests included. */
export function unusedExports(tree: Tree): string[] {
  const words = new Map<string, Set<string>>();
  for (const [file, text] of tree) {
    if (!/\.(tsx?|mts|mjs|html)$/.test(file)) continue;
    for (const [word] of text.matchAll(/\b[A-Za-z_$][\w$]*\b/g)) {
      const seen = words.get(word);
      if (seen) seen.add(file);
      else words.set(word, new Set([file]));
    }
  }
  const exported =
    /^export (?:declare )?(?:abstract )?(?:async )?(?:const|function\*?|class|interface|type|enum) (\w+)/gm;
  return [...tree]
    .filter(([file]) => isSource(file) && /^(modules|functions|cli|console|infra|client|local)\//.test(file))
    .flatMap(([file, text]) => [...text.matchAll(exported)].map(([, name]) => ({ file, name: name! })))
    .filter(({ file, name }) => ![...words.get(name)!].some((other) => other !== file))
    .map(({ file, name }) => `${file} exports ${name}, which nobody imports`);
}
