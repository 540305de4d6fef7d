import * as z from 'zod';
import { AnchorsQuery, DoctorQuery, EventsQuery, ListQuery } from '../../functions/http/parse.ts';
import { SettingsId } from '../../modules/common/shapes.ts';
import { Attempt } from '../../modules/requests/state-machine.ts';

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

/** Makes a parameter of a route. @param schema of its text */
const parameter =
  (place: 'path' | 'query' | 'header', required = false) =>
  (name: string, description: string, schema: z.ZodType = z.string()) => ({
    name,
    in: place,
    required,
    description,
    schema: jsonSchemaOf(schema),
  });
const inPath = parameter('path', true);
const inQuery = parameter('query');
const header = parameter('header');

/** Parameters by their names in the OpenAPI document. A path parameter has the name in its braces. */
export const PARAMETERS = {
  requestId: inPath('requestId', 'Id of the request', Attempt.shape.requestId),
  connectionId: inPath('connectionId', 'Id of the ticketing system in the settings', SettingsId),
  ifNoneMatch: header('If-None-Match', '`ETag` of the answer that the caller has'),
  prefer: header('Prefer', '`wait=20`: answer when something has changed, after 20 s at the latest (RFC 7240)'),
  idempotencyKey: parameter('header', true)(
    'Idempotency-Key',
    'A new value for each call; the same value when a call is repeated',
    z.string().regex(/^[\x21-\x7e]{1,255}$/),
  ),
  after: inQuery('after', 'Number of the last entry that the caller has', EventsQuery.shape.after),
  afterTime: inQuery('after', '`at` of the last anchor that the caller has', AnchorsQuery.shape.after),
  limit: inQuery('limit', 'Maximum entries of a page', ListQuery.shape.limit),
  cursor: inQuery('cursor', '`next` of the previous page', ListQuery.shape.cursor),
  state: inQuery('state', 'Only requests in this state', ListQuery.shape.state),
  reference: inQuery('reference', 'Only requests of this case', ListQuery.shape.reference),
  needs: inQuery('needs', 'Only requests whose answer needs this next', ListQuery.shape.needs),
  testTicket: inQuery(
    'testTicket',
    '`CONNECTION:TICKET`: the doctor reads this ticket and writes a comment to it',
    DoctorQuery.shape.testTicket,
  ),
  dueWithin: inQuery('dueWithin', 'Only open requests with this many days left, or fewer', ListQuery.shape.dueWithin),
};
export type ParameterName = keyof typeof PARAMETERS;

/** Headers of answers by their names in the OpenAPI document. */
export const HEADERS = {
  ETag: { description: 'Changes when the answer changes', schema: { type: 'string' } },
  'Preference-Applied': { description: 'How long the call waited for a change', schema: { type: 'string' } },
  'Retry-After': { description: 'Seconds to wait, if known', schema: { type: 'integer' } },
  Location: { description: 'Address of the request or of the archive', schema: { type: 'string' } },
} as const;
export type HeaderName = keyof typeof HEADERS;
