import { compile, type JSONSchema } from 'json-schema-to-typescript';
import { DenialReason, ExtensionReason, PauseReason } from '../modules/requests/deadline-facts.ts';
import { LIFECYCLE, STATES } from '../modules/requests/state-machine.ts';

/** What is read of the OpenAPI document. */
export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, object>>;
    readonly parameters: Readonly<Record<string, Parameter>>;
  };
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly schema: { readonly type?: unknown };
}

interface Described {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly { readonly $ref: string }[];
  readonly requestBody?: { readonly content: JsonContent };
  readonly responses: Readonly<Record<string, { readonly content?: JsonContent }>>;
}

interface JsonContent {
  readonly 'application/json': { readonly schema: { readonly $ref: string } };
}

const NOTE = '/* Made from docs/openapi.json by `npm run generate`. */';

/** The types of bodies and answers: `client/types.ts`. */
export async function typesCode({ components: { schemas } }: ApiDocument): Promise<string> {
  const titled = Object.entries(schemas).map(([title, schema]) => [title, { ...schema, title }]);
  const names = Object.keys(schemas);
  const root = {
    title: 'Components',
    type: 'object',
    additionalProperties: false,
    required: names,
    properties: Object.fromEntries(names.map((name) => [name, { $ref: `#/components/schemas/${name}` }])),
    components: { schemas: Object.fromEntries(titled) },
  } as JSONSchema;
  return compile(root, 'Components', {
    bannerComment: NOTE,
    ignoreMinAndMaxItems: true,
    style: { singleQuote: true, printWidth: 120 },
  });
}

/** The calls, each with what it takes and answers: `client/calls.ts`. */
export function callsCode(document: ApiDocument): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation: operation as Described })),
  );
  const used = new Set<string>();
  const typeOf = (schema: { readonly $ref: string }): string => {
    const name = nameIn(schema);
    used.add(name);
    return name;
  };
  const signatures = operations.map(({ operation }) => signature(operation, document, typeOf));
  const routes = operations.map(
    ({ method, path, operation }) =>
      `  ${operation.operationId}: { method: '${method.toUpperCase()}', path: '${path}' },\n`,
  );
  return `${NOTE}
import type {
${[...used]
  .sort()
  .map((name) => `  ${name},\n`)
  .join('')}} from './types.ts';

/** Every call of the HTTP API: what it takes, and what it answers when it is not refused. */
export interface Calls {
${signatures.join('')}}

/** Where each call goes. */
export const CALLS = {
${routes.join('')}} as const satisfies Record<keyof Calls, { readonly method: string; readonly path: string }>;
`;
}

/** The exit codes: `client/exit-codes.ts`. */
export const exitCodesCode = (): string => `/* Made from modules/requests/state-machine.ts by \`npm run generate\`. */
import type { RequestState } from './shapes.ts';

/** Exit code for a request in each state; none while it runs. 4: it waits for a person. 5: nothing was found. 6: not yet verified. */
export const EXIT_CODES: Readonly<Record<RequestState, 0 | 1 | 3 | 4 | 5 | 6 | undefined>> = {
${STATES.map((state) => `  ${state}: ${LIFECYCLE[state].exitCode},\n`).join('')}};
`;

/** Reasons to choose from, for the command line: `client/reasons.ts`. */
export const reasonsCode = (): string => `/* Made from modules/requests/deadline-facts.ts by \`npm run generate\`. */

/** Why a request is denied, and why its deadline is paused or later. */
${reasonsLine('DENIAL', DenialReason)}${reasonsLine('PAUSE', PauseReason)}${reasonsLine('EXTENSION', ExtensionReason)}`;

const reasonsLine = (name: string, { options }: { readonly options: readonly string[] }): string =>
  `export const ${name}_REASONS = ${listOf(options.map((option) => `'${option}'`))} as const;\n`;

/** A list as the formatter writes it. */
const listOf = (items: readonly string[]): string =>
  items.join().length < 80 ? `[${items.join(', ')}]` : `[\n  ${items.join(',\n  ')},\n]`;

function signature(
  { operationId, summary, parameters = [], requestBody, responses }: Described,
  { components }: ApiDocument,
  typeOf: (schema: { readonly $ref: string }) => string,
): string {
  const taken = parameters.map((parameter) => components.parameters[nameIn(parameter)]!);
  const groups = [
    ['path', 'path'],
    ['query', 'query'],
    ['header', 'headers'],
  ].flatMap(([place, group]) => {
    const fields = taken.filter((parameter) => parameter.in === place);
    const optional = fields.every(({ required }) => !required) ? '?' : '';
    return fields.length === 0 ? [] : [`    readonly ${group}${optional}: { ${fields.map(field).join('; ')} };\n`];
  });
  const bodies = Object.entries(responses)
    .filter(([status]) => status < '300')
    .map(([, { content }]) => (content ? typeOf(content['application/json'].schema) : 'undefined'));
  if (bodies.length === 0) bodies.push('undefined'); // it leads elsewhere
  return [
    `  /** ${summary} */\n  ${operationId}: {\n`,
    ...groups,
    ...(requestBody ? [`    readonly body: ${typeOf(requestBody.content['application/json'].schema)};\n`] : []),
    `    readonly answer: ${[...new Set(bodies)].join(' | ')};\n  };\n`,
  ].join('');
}

const field = ({ name, required, schema }: Parameter): string =>
  `readonly ${/^\w+$/.test(name) ? name : `'${name}'`}${required ? '' : '?'}: ${schema.type === 'integer' ? 'number' : 'string'}`;

const nameIn = ({ $ref }: { readonly $ref: string }): string => $ref.slice($ref.lastIndexOf('/') + 1);
