import fc from 'fast-check';
import { type Known, spoiled, valuesOf } from './schema-values.ts';
import type { Parameter, ServedApi, ServedOperation } from './served-api.ts';

/** A call as it is drawn: names of Requests and plan hashes are filled in when it is made. */
export interface DrawnCall {
  readonly operation: ServedOperation;
  /** Which of the Requests that are known, when there is one; else this text stands in the path. */
  readonly known: number | undefined;
  readonly id: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** Stands for the plan hash of the last preview. */
export const LAST_PLAN_HASH = 'A'.repeat(22).concat('.', 'B'.repeat(43));

/** Texts that are no JSON of any use, one of them too large. */
const RAW = ['', '{', 'null', '[]', '"text"', '{"__proto__":{}}', `"${'x'.repeat(70_000)}"`];
const IDS = fc.oneof(fc.uuid(), fc.stringMatching(/^[\w %äñ;,'"-]{1,40}$/));
/** Headers whose form JSON Schema does not tell. */
const HEADER_TEXTS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  Prefer: fc.constantFrom('wait=0', 'wait=1', 'respond-async', 'wait=x, wait=1'),
  'If-None-Match': fc.constantFrom('*', '"x"', 'W/"x"', '"'),
  'Idempotency-Key': fc.oneof(
    { weight: 12, arbitrary: fc.uuid() },
    { weight: 2, arbitrary: fc.constantFrom('key-1', 'key-2') },
    { weight: 1, arbitrary: fc.constantFrom('', 'two words', 'x'.repeat(300)) },
  ),
};

/**
 * Calls that a document tells of, valid and invalid.
 * @param known values that mean something to the system, by name of the property
 * @param weights how often a call is drawn, by name; 10 when it is not named
 */
export function randomCalls(
  api: ServedApi,
  known: Known,
  weights: Readonly<Record<string, number>> = {},
): fc.Arbitrary<DrawnCall> {
  const each = api.operations.map((operation) => ({
    weight: weights[operation.operationId] ?? 10,
    arbitrary: callsOf(api, operation, known),
  }));
  return fc.oneof(...each);
}

function callsOf(api: ServedApi, operation: ServedOperation, known: Known): fc.Arbitrary<DrawnCall> {
  const values = operation.body && valuesOf(operation.body, api.resolve, known);
  const texts = values?.map((value) => JSON.stringify(value));
  const bodies =
    values && texts
      ? fc.oneof(
          { weight: 7, arbitrary: texts },
          { weight: 4, arbitrary: spoiled(values).map((value) => JSON.stringify(value)) },
          { weight: 1, arbitrary: fc.constantFrom(...RAW) },
        )
      : fc.constant(undefined);
  return fc.record({
    operation: fc.constant(operation),
    known: fc.oneof({ weight: 9, arbitrary: fc.nat() }, { weight: 1, arbitrary: fc.constant(undefined) }),
    id: IDS,
    query: fieldsOf(operation.parameters.filter((parameter) => parameter.in === 'query')),
    headers: fieldsOf(operation.parameters.filter((parameter) => parameter.in === 'header')),
    body: bodies,
  });
}

/** A text for each parameter; those that may be absent often are. */
function fieldsOf(parameters: readonly Parameter[]): fc.Arbitrary<Record<string, string>> {
  const fields = parameters.map(({ name, schema }) => {
    const valid = HEADER_TEXTS[name] ?? valuesOf(schema, () => schema).map(String);
    const text = fc.oneof({ weight: 4, arbitrary: valid }, { weight: 1, arbitrary: fc.constantFrom('', 'x y', '-1') });
    return [name, name in HEADER_TEXTS ? valid : text] as const;
  });
  const requiredKeys = parameters.filter(({ required }) => required).map(({ name }) => name);
  return fc.record(Object.fromEntries(fields), { requiredKeys });
}
