import { readFileSync } from 'node:fs';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { describe, expect, it } from 'vitest';
import { ROUTE_SCOPES, ROUTES } from '../../../functions/registry.ts';
import { generatedFiles } from '../../../local/generate.ts';
import { openApiDocument } from '../../../local/openapi/document.ts';

/** `operation-2xx-response` is off: `GET .../archive` answers with 303 alone (decision 22). */
const RULES = { 'operation-2xx-response': 'off' } as const;
const text = JSON.stringify(openApiDocument());

describe('openApiDocument', () => {
  it('passes the recommended rules of a public linter without a warning (R19)', async () => {
    const config = await createConfig({ extends: ['recommended'], rules: RULES });

    const found = await lintFromString({ source: text, absoluteRef: 'openapi.json', config });

    expect(found.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual([]);
  });

  it('would not pass without a description of an answer', async () => {
    const config = await createConfig({ extends: ['recommended'], rules: RULES });
    const broken = text.replace('"description":"The Engines"', '"other":1');

    const found = await lintFromString({ source: broken, absoluteRef: 'openapi.json', config });

    expect(found.length).toBeGreaterThan(0);
  });

  it('describes every route with its scopes, and nothing else', () => {
    const { paths } = openApiDocument();
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { security }]) => {
        const scopes = (security as Record<string, string[]>[]).flatMap(({ token = [] }) => token);
        return [`${method.toUpperCase()} ${path}`, scopes] as const;
      }),
    );

    expect(described.map(([route]) => route).sort()).toEqual(Object.keys(ROUTES).sort());
    expect(Object.fromEntries(described)).toEqual(ROUTE_SCOPES);
  });

  it('is what the files were made from that `npm run generate` writes', async () => {
    const made = Object.entries(await generatedFiles());

    const stale = made.filter(([path, content]) => readFileSync(path, 'utf8') !== content).map(([path]) => path);
    expect(stale, 'run npm run generate').toEqual([]);
  });
});
