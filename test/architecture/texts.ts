import { isGenerated, isProduct, isSource, lineCount, type Tree } from './sources.ts';

/** Source files in one folder, lines in one file, lines of all that is deployed, served or run by an operator. */
export const LIMITS = { filesPerFolder: 25, linesPerFile: 300, productLines: 30_000 } as const;

/** Figures of the tree, for readers of the test's output. */
export function figuresOf(tree: Tree) {
  const sources = [...tree].filter(([file]) => isSource(file) && !isGenerated(file));
  const folders = new Map<string, number>();
  for (const [file] of sources) {
    const folder = file.slice(0, Math.max(file.lastIndexOf('/'), 0));
    folders.set(folder, (folders.get(folder) ?? 0) + 1);
  }
  const [fullest = ['', 0]] = [...folders].sort(([, one], [, other]) => other - one);
  const [longest = ['', 0]] = sources
    .map(([file, text]) => [file, lineCount(text)] as const)
    .sort(([, one], [, other]) => other - one);
  const productLines = [...tree]
    .filter(([file]) => isProduct(file))
    .reduce((sum, [, text]) => sum + lineCount(text), 0);
  return { fullest, longest, productLines };
}

export function sizeFaults(tree: Tree, limits: { readonly [Limit in keyof typeof LIMITS]: number } = LIMITS): string[] {
  const { fullest, longest, productLines } = figuresOf(tree);
  return [
    fullest[1] > limits.filesPerFolder && `${fullest[0]}/ holds ${fullest[1]} source files`,
    longest[1] > limits.linesPerFile && `${longest[0]} has ${longest[1]} lines`,
    productLines > limits.productLines && `the product's source has ${productLines} lines`,
  ].filter((fault) => fault !== false);
}

/** A pattern that no file of a kind may hold. */
interface Ban {
  readonly why: string;
  readonly files: RegExp;
  readonly pattern: RegExp;
  /** A text that the pattern must find: the test plants it. */
  readonly example: string;
}

const TS = /\.(ts|mts)$/;
const ENGLISH = /\.(ts|mts|mjs|md|html|json)$/;
const comment = (text: string) => `// ${text}`;

/** Each rule of style that a pattern can see. */
export const BANS: readonly Ban[] = [
  {
    why: 'packs a literal into a spread',
    files: TS,
    pattern: /(^\s*|[{,] )\.\.\.\{ ?\w/m,
    example: `const a = {\n  ${'.'.repeat(3)}{ b: 1 },\n};`,
  },
  {
    why: 'keeps a second copy of a shape',
    files: TS,
    pattern: new RegExp(`\\b${'Fields'}Of<|z\\.ZodType<[A-Z]\\w+>`),
    example: 'const Link: z.ZodType<Link> = z.object({});',
  },
  {
    why: 'changes ports in place; pass an override to setup()',
    files: TS,
    pattern: new RegExp(`Object\\.assign\\(${'ports'}`),
    example: `Object.assign(${'ports'}, { now });`,
  },
  {
    why: 'waives a rule by a spread over ports (a rule is an argument)',
    files: /^(modules|functions)\/.*\.ts$/,
    pattern:
      /\{[^{}]*\.\.\.(ports|deps|dependencies),[^{}]*\b(policy|limits|approval|preview|deadline|settings|rules)\b/,
    example: "start({ ...ports, approval: 'none' });",
  },
  {
    why: 'names a limit otherwise than MAX_ or MIN_',
    files: TS,
    pattern: new RegExp(`\\b(${['MOST', 'LONGEST', 'FEWEST', 'SHORTEST', 'FEW'].join('|')})_[A-Z]`),
    example: `const ${'MOST'}_ROWS = 1;`,
  },
  {
    why: 'begins a comment in a way that needs a second reading',
    files: TS,
    pattern: /(\/\/|\/?\*\*?)\s+(So (many|much|long|often)|Of (one|those|an?)|Who|Whom) /,
    example: comment(`${'So'} many rows at most.`),
  },
  {
    why: 'leaves something to be done later',
    files: /\.(ts|mts|mjs|js|md|html|css|sql|sh)$/,
    pattern: new RegExp(`\\b(${['TO', 'FIX'].map((start) => `${start}${start === 'TO' ? 'DO' : 'ME'}`).join('|')})\\b`),
    example: comment(`${'TO'}${'DO'} later`),
  },
  {
    why: 'holds a conflict of a merge',
    files: ENGLISH,
    pattern: /^(<<<<<<<|>>>>>>>) /m,
    example: `${'<'.repeat(7)} HEAD`,
  },
  {
    why: 'does not run a test',
    files: /^test\/.*\.ts$/,
    pattern: new RegExp(
      `\\b(it|test|describe)\\.(${['skip', 'skipIf', 'runIf', 'only', 'todo', 'fails'].join('|')})\\b`,
    ),
    example: `${'it'}.${'skip'}('x', () => {});`,
  },
  {
    why: 'cites a page that the repository does not hold',
    files: ENGLISH,
    pattern: new RegExp(
      `\\b(${['spec', 'design', 'house', 'style', 'cases'].join('|')})\\.md\\b|\\b(${['domain', 'reference'].join('|')})/[a-z-]+\\.(md|json|ts)\\b|\\b${'design'} (D\\d|section)|\\bD\\d{1,2}a?\\b(?=[),.;: ])`,
    ),
    example: comment(`Source: ${'domain'}/nxql.md section 2, ${'design'} D3a.`),
  },
];

/** Made by others, or by a tool; the table of bans and its examples stand in test/architecture/ themselves. */
const FOREIGN = /^(package-lock\.json|docs\/openapi\.json|test\/architecture\/|local\/simulator\/data-model\.json)/;

export const banFaults = (tree: Tree, bans: readonly Ban[] = BANS): string[] =>
  bans.flatMap(({ why, files, pattern }) =>
    [...tree]
      .filter(([file, text]) => files.test(file) && !FOREIGN.test(file) && !isGenerated(file) && pattern.test(text))
      .map(([file, text]) => `${file} ${why}: ${pattern.exec(text)![0].trim().slice(0, 80)}`),
  );

/** A shape with a schema has no second definition under its name. */
export function schemaFaults(tree: Tree): string[] {
  const sources = [...tree].filter(([file]) => isSource(file) && /^(modules|functions)\//.test(file));
  const schemas = new Map(
    sources.flatMap(([file, text]) =>
      [...text.matchAll(/^(?:export )?const (\w+)(?:: [^=]+)? =\s*z\b/gm)].map(([, name]) => [name!, file] as const),
    ),
  );
  return sources.flatMap(([file, text]) =>
    [
      ...text.matchAll(
        /^(?:export )?(?:interface (\w+)|type (\w+) =(?! (?:Readonly(?:Deep)?<)?z\.(?:infer|output|input)<))/gm,
      ),
    ]
      .map(([, one, other]) => one ?? other!)
      .filter((name) => schemas.has(name) || schemas.has(`${name}Schema`))
      .map((name) => `${file} defines ${name} beside its schema`),
  );
}

/** An error stands in the errors.ts of the room that throws it. */
export const errorFaults = (tree: Tree): string[] =>
  [...tree]
    .filter(
      ([file, text]) =>
        /^(modules|functions)\//.test(file) &&
        !/\/errors\.ts$/.test(file) &&
        /class \w+ extends ((?!Error\b)\w+Error\b|errorOf\()/.test(text),
    )
    .map(([file]) => `${file} defines an error outside of errors.ts`);

/** Pages of docs/ that a text names and that are not there. */
export const citationFaults = (tree: Tree): string[] =>
  [...tree]
    .filter(([file]) => /\.(ts|mts|mjs|md|json|html)$/.test(file) && !FOREIGN.test(file))
    .flatMap(([file, text]) =>
      [...text.matchAll(/(?<![\w./-])docs\/[\w./-]*\w(?:\/)?/g)]
        .map(([page]) => page.replace(/\/$/, ''))
        .filter((page) => !tree.has(page) && ![...tree.keys()].some((held) => held.startsWith(`${page}/`)))
        .filter(
          (page) =>
            !/^docs\/(problems|decisions)\/?$/.test(page) && ![...tree.keys()].some((held) => held.startsWith(page)),
        )
        .map((page) => `${file} cites ${page}, which is not there`),
    );
