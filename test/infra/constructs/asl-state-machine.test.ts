import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Stack } from 'aws-cdk-lib';
import { afterAll, describe, expect, it } from 'vitest';
import { AslStateMachine } from '../../../infra/constructs/workflow.ts';

describe('AslStateMachine (R25)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gdpr-asl-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('refuses a placeholder that no function stands for', () => {
    const path = join(folder, 'broken.asl.json');
    const lost = { Type: 'Task', Resource: ['$', '{LostArn}'].join(''), End: true };
    writeFileSync(path, JSON.stringify({ StartAt: 'Lost', States: { Lost: lost } }));

    const create = () =>
      new AslStateMachine(new Stack(), 'Machine', { file: pathToFileURL(path), name: 'broken', tasks: {} });

    expect(create).toThrow('no function for LostArn');
  });
});
