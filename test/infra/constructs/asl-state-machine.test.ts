import { Stack } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { aslStateMachine } from '../../../infra/constructs/workflow.ts';

describe('aslStateMachine (R25)', () => {
  it('refuses a placeholder that no function stands for', () => {
    expect(() => aslStateMachine(new Stack(), 'retrieve', 'broken', {}, { days: 30, key: undefined })).toThrow(
      'no function for OpenRequestArn',
    );
  });
});
