import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { driversOf, importFaults } from './import-rules.ts';

/** Longest file, lines; past it look for the second noun hiding in it. Tests may be longer. */
const LONGEST = 200;

/** Lists of like things, which splitting would only scatter; the second one is made by `npm run generate`. */
const CATALOGUES = ['core/errors.ts', 'client/types.ts'];

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => file !== '' && existsSync(file));
const read = (file: string) => readFileSync(file, 'utf8');
const sources = files.filter((file) => /\.(ts|mts|mjs|js)$/.test(file));
const typescript = sources.filter((file) => file.endsWith('.ts'));

const lineCount = (text: string) => text.split('\n').length - 1;
const leftovers = new RegExp(
  `\\b(${['TO', 'FIX'].map((start) => `${start}${start === 'TO' ? 'DO' : 'ME'}`).join('|')})\\b`,
);
const unrun = new RegExp(
  `\\b(it|test|describe)\\.(${['skip', 'skipIf', 'runIf', 'only', 'todo', 'fails'].join('|')})\\b`,
);

describe('imports', () => {
  it('follow the table of who may import whom', () => {
    expect(typescript.flatMap((file) => importFaults(file, read(file)))).toEqual([]);
  });

  it('give each adapter one outside system', () => {
    const adapters = typescript.filter((file) => file.startsWith('adapters/'));

    expect(adapters.filter((file) => driversOf(file, read(file)).length > 1)).toEqual([]);
  });

  it.each([
    ['core/plan.ts', "import { connect } from 'node:net';"],
    ['core/plan.ts', "import { randomBytes } from 'node:crypto';"],
    ['core/plan.ts', "import {\n  createHash,\n  randomUUID,\n} from 'node:crypto';"],
    ['core/plan.ts', "import { S3Client } from '@aws-sdk/client-s3';"],
    ['core/plan.ts', "import { dynamoRequests } from '../adapters/dynamo-requests.ts';"],
    ['core/steps/close-request.ts', "export { handler } from '../../functions/close-request/handler.ts';"],
    ['adapters/json-log.ts', "import { Settings } from '../functions/shared/settings.ts';"],
    ['functions/get-request/handler.ts', "import { requests } from '../shared/dependencies.ts';"],
    ['functions/get-request/handler.ts', "import { SFNClient } from '@aws-sdk/client-sfn';"],
    ['functions/get-request/handler.ts', "import { Context } from 'aws-lambda';"],
    ['functions/tasks.ts', "import * as z from 'zod';"],
    ['infra/app.ts', "import { planEngineQueries } from '../core/plan.ts';"],
    ['local/main.ts', "import { handler } from '../functions/get-request/index.ts';"],
    ['test/functions/x.test.ts', "const { handler } = await import('../../functions/get-request/index.ts');"],
    ['local/system.ts', "import '../cli/main.ts';"],
    ['console/main.ts', "import { LIFECYCLE } from '../core/lifecycle.ts';"],
    ['console/main.ts', "import { SOURCE_STATES } from '../core/model.ts';"],
    ['cli/main.ts', "import { startSimulator } from '../local/simulator/simulator.ts';"],
    ['elsewhere/file.ts', ''],
  ])('would not pass in %s with: %s', (file, text) => {
    expect(importFaults(file, text)).toHaveLength(1);
  });

  it.each([
    ['core/steps/close-request.ts', "import type { Requests } from '../ports.ts';"],
    ['core/bundle/fragment.ts', "import { createHash, type Hash } from 'node:crypto';"],
    ['functions/get-request/handler.ts', "import type { Context } from 'aws-lambda';"],
    ['console/main.ts', "import { type Engine, type Subject } from '../core/model.ts';"],
  ])('pass in %s with: %s', (file, text) => {
    expect(importFaults(file, text)).toEqual([]);
  });

  it('would find an adapter of two systems', () => {
    const text = "import { Pool } from 'pg';\nimport { S3Client } from '@aws-sdk/client-s3';";

    expect(driversOf('adapters/mixed.ts', text)).toHaveLength(2);
  });
});

describe('files', () => {
  it(`are at most ${LONGEST} lines long`, () => {
    const long = sources
      .filter((file) => !file.startsWith('test/') && !CATALOGUES.includes(file))
      .map((file) => ({ file, lines: lineCount(read(file)) }));

    expect(long.filter(({ lines }) => lines > LONGEST)).toEqual([]);
  });

  it('leave nothing to be done later', () => {
    const texts = files.filter(
      (file) => /\.(ts|mjs|js|md|json|html|css|sql|sh)$/.test(file) && file !== 'package-lock.json',
    );

    expect(texts.filter((file) => leftovers.test(read(file)))).toEqual([]);
  });

  it('skip no test', () => {
    expect(typescript.filter((file) => file.startsWith('test/') && unrun.test(read(file)))).toEqual([]);
  });
});
