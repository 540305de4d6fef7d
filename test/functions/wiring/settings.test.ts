import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { Settings } from '../../../functions/wiring/settings.ts';

/** Paths of the fields of a JSON schema; what lies in lists, maps and choices is described by the text of their row. */
function pathsOf(schema: z.core.JSONSchema.BaseSchema, path = ''): string[] {
  const fields = Object.entries(schema.properties ?? {}) as [string, z.core.JSONSchema.BaseSchema][];
  return fields.flatMap(([name, field]) => {
    const inner = pathsOf(field, `${path}${name}.`);
    return inner.length > 0 ? inner : [`${path}${name}`];
  });
}

/** Fields that the first cells of the page's rows name; `.b` after `a.x` stands for `a.b`, `a.<name>` for all below `a`. */
function fieldsOnPage(page: string): string[] {
  return [...page.matchAll(/^\| (`[^|]+) \|/gm)].flatMap(([, cell]) => {
    const [first, ...rest] = [...cell!.matchAll(/`([^`]+)`/g)].map(([, field]) => field!);
    const group = first!.slice(0, first!.lastIndexOf('.'));
    return [first!, ...rest.map((field) => (field.startsWith('.') ? group + field : field))];
  });
}

describe('docs/settings.md', () => {
  it('has a row for each field of settings.json', () => {
    const documented = fieldsOnPage(readFileSync('docs/settings.md', 'utf8'));
    const schema = z.toJSONSchema(Settings, { io: 'input', unrepresentable: 'any' });

    const missing = pathsOf(schema).filter(
      (path) =>
        !documented.some((field) => `${path}.`.startsWith(`${field.replace(/<\w+>$/, '')}.`.replace('..', '.'))),
    );

    expect(missing).toEqual([]);
  });
});
