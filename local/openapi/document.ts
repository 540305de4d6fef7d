import * as z from 'zod';
import { INTERNAL, type ProblemKind, type ProblemName, problemOf } from '../../functions/http/problems.ts';
import { ROUTE_SCOPES } from '../../functions/registry.ts';
import { TOOL_VERSION } from '../../modules/common/version.ts';
import { COMPONENTS, type ComponentName } from './components.ts';
import EXAMPLES from './examples.json' with { type: 'json' };
import { OPERATIONS, type Operation } from './operations.ts';
import { dropRepeats, HEADERS, PARAMETERS } from './parameters.ts';

type Json = Readonly<Record<string, unknown>>;

const ABOUT = {
  title: 'nexthink-gdpr',
  version: TOOL_VERSION,
  summary: 'GDPR requests for Nexthink V6',
  description:
    'Retrieves or anonymizes the data of one user or device. Errors are problem details (RFC 9457) with a stable `type`; docs/problems/ explains each.',
  license: { name: 'Unlicensed', identifier: 'LicenseRef-Unlicensed' },
};

const TAGS = [
  { name: 'Requests', description: 'Retrievals and anonymizations, from start to end' },
  { name: 'Archives', description: 'The result of a retrieval' },
  { name: 'Proofs', description: 'Proof of what was done' },
  { name: 'Tickets', description: 'Signed webhooks of ticketing systems' },
  { name: 'Before a request', description: 'Checks before a request is started' },
  { name: 'About the API', description: 'Open to everybody' },
];

/** A person sends a token, a machine signs the call. Both need one of the scopes. */
const SCHEMES = {
  token: {
    type: 'openIdConnect',
    openIdConnectUrl: '/oidc/.well-known/openid-configuration',
    description: 'Access token (JWT, header `authorization: Bearer ...`) of the configured OpenID provider',
  },
  signature: {
    type: 'apiKey',
    in: 'header',
    name: 'authorization',
    description: 'AWS Signature Version 4 of a configured role (docs/callers.md); only on AWS',
  },
};

/** Status codes that the gateway itself may answer with. */
const GATEWAY: Readonly<Record<number, string>> = {
  401: 'No valid token',
  429: 'The gateway takes no more calls now',
  500: 'A fault of this system',
  503: 'A system that is needed does not answer',
};

/** A call refused with one of these may succeed later. */
const MAY_PASS = [409, 429, 503];

export const openApiDocument = () => ({
  openapi: '3.1.1',
  info: ABOUT,
  servers: [{ url: '/', description: 'Where this document was fetched' }],
  tags: TAGS,
  paths: paths(),
  components: {
    securitySchemes: SCHEMES,
    parameters: PARAMETERS,
    headers: HEADERS,
    schemas: Object.fromEntries(Object.keys(COMPONENTS).map((name) => [name, schemaOf(name as ComponentName)])),
  },
});

function paths(): Record<string, Record<string, Json>> {
  const byPath: Record<string, Record<string, Json>> = {};
  for (const [route, operation] of Object.entries(OPERATIONS)) {
    const [method = '', path = ''] = route.split(' ');
    byPath[path] = { ...byPath[path], [method.toLowerCase()]: describe(route as keyof typeof OPERATIONS, operation) };
  }
  return byPath;
}

function describe(route: keyof typeof OPERATIONS, operation: Operation): Json {
  const { operationId, tag, summary, body } = operation;
  const inPath = [...route.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
  const parameters = [...inPath, ...(operation.parameters ?? [])];
  const scopes: readonly string[] = ROUTE_SCOPES[route];
  return {
    operationId,
    tags: [tag],
    summary,
    security: scopes.flatMap((scope) => Object.keys(SCHEMES).map((scheme) => ({ [scheme]: [scope] }))),
    ...(parameters.length > 0 && { parameters: parameters.map((name) => ref('parameters', name!)) }),
    ...(body && { requestBody: { required: true, content: jsonContent(body, exampleOf(operationId).request) } }),
    responses: { ...answersOf(operation), ...refusalsOf(operation, inPath.includes('requestId'), scopes.length > 0) },
  };
}

/** What a call may look like, and its first answer. */
const exampleOf = (operationId: string): { readonly request?: unknown; readonly answer?: unknown } =>
  (EXAMPLES as Readonly<Record<string, { readonly request?: unknown; readonly answer?: unknown }>>)[operationId] ?? {};

const jsonContent = (name: ComponentName, example: unknown): Json => ({
  'application/json': { schema: schemaRef(name), ...(example !== undefined && { example }) },
});

const answersOf = ({ answers, operationId }: Operation): Json =>
  Object.fromEntries(
    Object.entries(answers).map(([status, { description, body, headers = [] }], at) => [
      status,
      {
        description,
        ...(headers.length > 0 && { headers: Object.fromEntries(headers.map((name) => [name, ref('headers', name)])) }),
        ...(body && { content: jsonContent(body, at === 0 ? exampleOf(operationId).answer : undefined) }),
      },
    ]),
  );

/** Problems of the route, of its parameters and body, of every route with scopes, and of the gateway. */
function refusalsOf({ problems = [], body, parameters }: Operation, ofRequest: boolean, scoped: boolean): Json {
  const names: ProblemName[] = [
    ...problems,
    ...(body || ofRequest || parameters ? (['InvalidInputError'] as const) : []),
    ...(ofRequest ? (['RequestNotFoundError'] as const) : []),
    ...(scoped ? (['InsufficientScopeError', 'BodyTooLargeError', 'UnsupportedMediaTypeError'] as const) : []),
  ];
  const kinds = [...new Set(names)].map((name) => problemOf(name)!);
  const gateway = Object.keys(GATEWAY)
    .map(Number)
    .filter((status) => scoped || status !== 401);
  const statuses = [...new Set([...kinds.map(({ status }) => status), ...gateway])].sort((a, b) => a - b);
  const all = scoped || body ? [...kinds, INTERNAL] : kinds;
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      refusal(
        status,
        all.filter((kind) => kind.status === status),
      ),
    ]),
  );
}

function refusal(status: number, kinds: readonly ProblemKind[]): Json {
  const byGateway = GATEWAY[status];
  const types = [...kinds.map(({ type }) => type), ...(byGateway ? ['about:blank'] : [])];
  const narrowed = { type: 'object', properties: { type: { enum: types }, status: { const: status } } };
  return {
    description: [...kinds.map(({ type, title }) => `${title} (\`${type}\`)`), ...(byGateway ? [byGateway] : [])].join(
      '; ',
    ),
    ...(MAY_PASS.includes(status) && { headers: { 'Retry-After': ref('headers', 'Retry-After') } }),
    content: {
      'application/problem+json': { schema: { allOf: [schemaRef('Problem'), narrowed] } },
      ...(byGateway && { 'application/json': { schema: schemaRef('GatewayMessage') } }),
    },
  };
}

const ref = (kind: string, name: string) => ({ $ref: `#/components/${kind}/${name}` });
const schemaRef = (name: ComponentName) => ref('schemas', name);

const registry = z.registry<{ id: string }>();
for (const [id, schema] of Object.entries(COMPONENTS)) registry.add(schema, { id });

function schemaOf(name: ComponentName): Json {
  const { schemas } = z.toJSONSchema(registry, {
    uri: (id) => `#/components/schemas/${id}`,
    override: dropRepeats,
  });
  const { $schema: _dialect, $id: _id, ...schema } = schemas[name]!;
  return schema;
}
