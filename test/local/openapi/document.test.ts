import { readFileSync } from 'node:fs';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { describe, expect, it } from 'vitest';
import { ROUTE_SCOPES, ROUTES } from '../../../functions/registry.ts';
import { generatedFiles } from '../../../local/generate.ts';
import { openApiDocument } from '../../../local/openapi/document.ts';
import { ServedApi } from '../../support/served-api.ts';

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

  it('has an example of each body, which its own schema accepts (R19)', () => {
    const document = JSON.parse(text) as ConstructorParameters<typeof ServedApi>[0];
    const [api, headers] = [new ServedApi(document), new Headers()];
    const faults = api.operations.flatMap((operation) => {
      const { requestBody, responses } = document.paths[operation.path]![operation.method.toLowerCase()]!;
      const bodies = Object.values(requestBody?.content ?? {}).map(({ example }) => example);
      const refused = bodies.filter((example) => example === undefined || !api.takesBody(operation, example));
      const [status, { content }] = Object.entries(responses)[0]!;
      const answers = Object.entries(content ?? {}).flatMap(([type, { example }]) =>
        example === undefined
          ? [`no example of an answer of ${operation.operationId}`]
          : api.faultsOf(operation, { status: Number(status), type, text: JSON.stringify(example), headers }),
      );
      return [...refused.map(() => `the body of ${operation.operationId}`), ...answers];
    });

    expect(faults).toEqual([]);
  });

  it('is what the files were made from that `npm run generate` writes', async () => {
    const made = Object.entries(await generatedFiles());

    const stale = made.filter(([path, content]) => readFileSync(path, 'utf8') !== content).map(([path]) => path);
    expect(stale, 'run npm run generate').toEqual([]);
  });
});
