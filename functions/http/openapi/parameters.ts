import * as z from 'zod';
import { SettingsId } from '../../../modules/common/shapes.ts';
import { Attempt } from '../../../modules/requests/state-machine.ts';
import { AnchorsQuery, EventsQuery, ListQuery } from '../queries.ts';

/** Leaves out of a JSON Schema what only repeats what `format` and `integer` say. */
export function dropRepeats({ jsonSchema }: { readonly jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.format) delete jsonSchema.pattern;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.propertyNames) delete jsonSchema.propertyNames;
}

/** JSON Schema of a parameter, as a caller writes it. */
function jsonSchemaOf(schema: z.ZodType): Readonly<Record<string, unknown>> {
  const json = z.toJSONSchema(schema, { io: 'input', override: dropRepeats });
  const { $schema: _dialect, default: preset, ...shape } = json;
  return preset === undefined ? shape : { ...shape, default: preset };
}

/** A parameter of a route. `schema` is JSON Schema. */
interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description: string;
  readonly schema: Readonly<Record<string, unknown>>;
}

/** Parameters by their names in the OpenAPI document. A path parameter has the name in its braces. */
export const PARAMETERS = {
  requestId: {
    name: 'requestId',
    in: 'path',
    required: true,
    description: 'Id of the request',
    schema: jsonSchemaOf(Attempt.shape.requestId),
  },
  connectionId: {
    name: 'connectionId',
    in: 'path',
    required: true,
    description: 'Id of the ticketing system in the settings',
    schema: jsonSchemaOf(SettingsId),
  },
  ifNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    required: false,
    description: '`ETag` of the answer that the caller has',
    schema: { type: 'string' },
  },
  prefer: {
    name: 'Prefer',
    in: 'header',
    required: false,
    description: '`wait=20`: answer when something has changed, after 20 s at the latest (RFC 7240)',
    schema: { type: 'string' },
  },
  idempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    required: true,
    description: 'A new value for each call; the same value when a call is repeated',
    schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' },
  },
  after: {
    name: 'after',
    in: 'query',
    required: false,
    description: 'Number of the last entry that the caller has',
    schema: jsonSchemaOf(EventsQuery.shape.after),
  },
  afterTime: {
    name: 'after',
    in: 'query',
    required: false,
    description: '`at` of the last anchor that the caller has',
    schema: jsonSchemaOf(AnchorsQuery.shape.after),
  },
  limit: {
    name: 'limit',
    in: 'query',
    required: false,
    description: 'Maximum entries of a page',
    schema: jsonSchemaOf(ListQuery.shape.limit),
  },
  cursor: {
    name: 'cursor',
    in: 'query',
    required: false,
    description: '`next` of the previous page',
    schema: jsonSchemaOf(ListQuery.shape.cursor),
  },
  state: {
    name: 'state',
    in: 'query',
    required: false,
    description: 'Only requests in this state',
    schema: jsonSchemaOf(ListQuery.shape.state),
  },
  reference: {
    name: 'reference',
    in: 'query',
    required: false,
    description: 'Only requests with this reference of the caller',
    schema: jsonSchemaOf(ListQuery.shape.reference),
  },
} as const satisfies Record<string, Parameter>;
export type ParameterName = keyof typeof PARAMETERS;

/** Headers of answers by their names in the OpenAPI document. */
export const HEADERS = {
  ETag: { description: 'Changes when the answer changes', schema: { type: 'string' } },
  'Preference-Applied': { description: 'How long the call waited for a change', schema: { type: 'string' } },
  'Retry-After': { description: 'Seconds to wait, if known', schema: { type: 'integer' } },
  Location: { description: 'Address of the request or of the archive', schema: { type: 'string' } },
} as const;
export type HeaderName = keyof typeof HEADERS;
