import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { templatesOf } from '../infra/synthesize.ts';
import { factsOf, faultsBetween, type TemplateFacts } from './template-facts.ts';

const FOLDER = 'test/upgrades/templates';
const { data, service } = templatesOf();
const now = { data: factsOf(data.toJSON()), service: factsOf(service.toJSON()) };

describe('an upgrade of the stacks (R25)', () => {
  it.each(readdirSync(FOLDER))(
    'from %s replaces nothing that holds something, and changes one index of a table at most',
    (name) => {
      const before: Record<'data' | 'service', TemplateFacts> = JSON.parse(readFileSync(`${FOLDER}/${name}`, 'utf8'));
      expect(Object.keys(before.data.resources)).not.toEqual([]);
      expect(faultsBetween(before.data, now.data)).toEqual([]);
      expect(faultsBetween(before.service, now.service)).toEqual([]);
    },
  );

  it('would not pass with two indexes more, another key, another deletion policy, or an export less', () => {
    const [table] = Object.entries(now.data.resources).find(([, { indexes }]) => indexes)!;
    const changed = (change: object): TemplateFacts => ({
      ...now.data,
      resources: { ...now.data.resources, [table]: { ...now.data.resources[table]!, ...change } },
    });
    const { indexes } = now.data.resources[table]!;
    expect(faultsBetween(now.data, changed({ indexes: [...indexes!, 'one'] }))).toEqual([]);
    expect(faultsBetween(now.data, changed({ indexes: [...indexes!, 'one', 'two'] }))).toHaveLength(1);
    expect(faultsBetween(now.data, changed({ kept: {} }))).toHaveLength(1);
    expect(faultsBetween(now.data, changed({ deletion: 'Delete' }))).toHaveLength(1);
    expect(faultsBetween(now.data, { ...now.data, exports: now.data.exports.slice(1) })).toHaveLength(1);
  });
});
