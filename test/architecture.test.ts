import { describe, expect, it } from 'vitest';
import {
  clientFaults,
  lambdaFaults,
  outsideFaults,
  reExportFaults,
  roomFaults,
  unusedExports,
} from './architecture/rooms.ts';
import { circlesIn, importsOf, projectTree, type Tree } from './architecture/sources.ts';
import {
  BANS,
  banFaults,
  citationFaults,
  errorFaults,
  figuresOf,
  LIMITS,
  schemaFaults,
  sizeFaults,
} from './architecture/texts.ts';

const tree = projectTree();

/** The tree with one file more, or another text in its place. */
const planted = (file: string, text: string): Tree => new Map([...tree, [file, text]]);

/** What a rule finds in the tree with the fault that it does not find without. */
function foundBy(rule: (tree: Tree) => string[], file: string, text: string): string[] {
  const before = rule(tree);
  return rule(planted(file, text)).filter((fault) => !before.includes(fault));
}

const lines = (count: number) => 'export {};\n'.repeat(count);

describe('rooms', () => {
  it('import the rooms above them alone, without a circle', () => {
    expect(roomFaults(tree)).toEqual([]);
  });

  it.each([
    ['a room further down', 'modules/common/x.ts', "import type { Link } from '../archive/ports.ts';"],
    ['functions', 'modules/requests/x.ts', "import { json } from '../../functions/http/http.ts';"],
    ['the local system', 'modules/tickets/x.ts', "const { a } = await import('../../local/system.ts');"],
    ['a circle of types', 'modules/common/clock.ts', "import type { A } from './clock.ts';"],
    ['a room that is not listed', 'modules/elsewhere/x.ts', ''],
  ])('would not pass with %s', (_what, file, text) => {
    expect(foundBy(roomFaults, file, text)).not.toEqual([]);
  });

  it('keep SDKs, drivers, sockets and the environment in their places', () => {
    expect(outsideFaults(tree)).toEqual([]);
  });

  it.each([
    ['modules/requests/x.ts', "import { S3Client } from '@aws-sdk/client-s3';"],
    ['modules/portal/names/x.ts', "import { Client } from 'pg';"],
    ['functions/api/x.ts', "import type { SFNClient } from '@aws-sdk/client-sfn';"],
    ['modules/engines/x.ts', "import { connect } from 'node:tls';"],
    ['functions/http/x.ts', 'const stage = process.env.STAGE;'],
    ['functions/http/x.ts', "const stage = process['env'].STAGE;"],
    ['modules/engines/x.ts', "const answer = await fetch('https://engine.example');"],
    ['modules/portal/search/x.ts', "import { S3Client } from '@aws-sdk/client-s3';"],
  ])('would not pass in %s with: %s', (file, text) => {
    expect(foundBy(outsideFaults, file, text)).toHaveLength(1);
  });
});

describe('functions', () => {
  it('reach a decision in two hops, and nobody imports a Lambda but what runs it', () => {
    expect(lambdaFaults(tree)).toEqual([]);
  });

  it.each([
    ['functions/api/x.ts', "import { handler } from './y.ts';"],
    ['functions/tasks/x.ts', "import { startLocalSystem } from '../../local/system.ts';"],
    ['functions/http/x.ts', "import { handler } from '../api/x.ts';"],
    ['cli/x.ts', "import { handler } from '../functions/api/x.ts';"],
  ])('would not pass in %s with: %s', (file, text) => {
    expect(foundBy(lambdaFaults, file, text)).not.toEqual([]);
  });
});

describe('console, command line, client, infra', () => {
  it('know the system by the client, an offline verb by its one room', () => {
    expect(clientFaults(tree)).toEqual([]);
  });

  it.each([
    ['console/x.ts', "import type { Subject } from '../modules/requests/subject.ts';"],
    ['cli/x.ts', "import { LIFECYCLE } from '../modules/requests/state-machine.ts';"],
    ['cli/commands/archive-verify.ts', "import { postgres } from '../../modules/portal/database/sql.ts';"],
    ['client/x.ts', "import type { Subject } from '../modules/requests/subject.ts';"],
    ['infra/x.ts', "import { planQueries } from '../modules/engines/nxql.ts';"],
    ['local/x.ts', "import '../cli/main.ts';"],
  ])('would not pass in %s with: %s', (file, text) => {
    expect(foundBy(clientFaults, file, text)).toHaveLength(1);
  });
});

describe('files', () => {
  it('keep to the limits of folders, files and the budget', () => {
    const { fullest, longest, productLines } = figuresOf(tree);
    console.log(
      [
        `circles: ${circlesIn(tree).length}`,
        `fullest folder: ${fullest.join(', ')} of ${LIMITS.filesPerFolder} files`,
        `longest file: ${longest.join(', ')} of ${LIMITS.linesPerFile} lines`,
        `product source: ${productLines} of ${LIMITS.productLines} lines`,
      ].join('\n'),
    );

    expect(sizeFaults(tree)).toEqual([]);
  });

  it('would not pass when long, when many, or when the budget is spent', () => {
    const crowd = new Map([...tree, ...Array.from({ length: 26 }, (_, i) => [`modules/net/a/${i}.ts`, ''] as const)]);

    expect(foundBy(sizeFaults, 'modules/net/x.ts', lines(301)).join()).toContain('modules/net/x.ts has 301 lines');
    expect(sizeFaults(crowd).join()).toContain('source files');
    expect(foundBy(sizeFaults, 'modules/net/x.ts', lines(LIMITS.productLines))).toHaveLength(2);
  });

  it('are imported where they are defined', () => {
    expect(reExportFaults(tree)).toEqual([]);
    expect(foundBy(reExportFaults, 'modules/net/x.ts', "export * from './trust.ts';")).toHaveLength(1);
  });

  it('export what somebody imports', () => {
    expect(unusedExports(tree)).toEqual([]);
    expect(foundBy(unusedExports, 'modules/net/x.ts', `export const ${'nobody'}ImportsThis = 1;`)).toHaveLength(1);
  });

  it('hold each shape once', () => {
    expect(schemaFaults(tree)).toEqual([]);
    expect(
      foundBy(schemaFaults, 'modules/net/x.ts', 'export const Twice = z.object({});\nexport interface Twice {}\n'),
    ).toHaveLength(1);
  });

  it('define errors in the room that throws them', () => {
    expect(errorFaults(tree)).toEqual([]);
    expect(foundBy(errorFaults, 'modules/net/x.ts', 'class AError extends ConflictError {}')).toHaveLength(1);
    expect(foundBy(errorFaults, 'modules/net/x.ts', "class AError extends errorOf('A') {}")).toHaveLength(1);
  });

  it('cite pages that are there', () => {
    expect(citationFaults(tree)).toEqual([]);
    expect(foundBy(citationFaults, 'modules/net/x.ts', `// ${'docs'}/none.md`)).toHaveLength(1);
  });

  it.each(BANS.map((ban) => [ban.why, ban] as const))('none %s', (_why, ban) => {
    expect(banFaults(tree, [ban])).toEqual([]);
    expect(
      foundBy((each) => banFaults(each, [ban]), 'test/x.ts', ban.example).length +
        foundBy((each) => banFaults(each, [ban]), 'modules/x/x.ts', ban.example).length,
    ).toBeGreaterThan(0);
  });
});

describe('importsOf', () => {
  it('reads every form of import', () => {
    const text = [
      "import type { A } from './a.ts';",
      "import { type B } from '../b.ts';",
      "import {\n  type C,\n  d,\n} from './c.ts';",
      "import './e.ts';",
      "export * from './f.ts';",
      "const g = await import('node:tls');",
    ].join('\n');

    expect(importsOf('modules/net/x.ts', text)).toEqual([
      { target: 'modules/net/a.ts', typeOnly: true },
      { target: 'modules/b.ts', typeOnly: true },
      { target: 'modules/net/c.ts', typeOnly: false },
      { target: 'modules/net/f.ts', typeOnly: false },
      { target: 'modules/net/e.ts', typeOnly: false },
      { target: 'node:tls', typeOnly: false },
    ]);
  });
});
