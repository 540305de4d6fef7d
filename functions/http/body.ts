import type middy from '@middy/core';
import type * as z from 'zod';
import { InvalidInputError } from '../../modules/common/errors.ts';
import { isDamaged, strictText } from '../../modules/common/strict-text.ts';
import { BodyTooLargeError, UnsupportedMediaTypeError } from './errors.ts';
import type { HttpEvent, HttpResult } from './http-event.ts';
import { parse } from './parse.ts';

/** Maximum body of a call, bytes. */
const MAX_BODY_BYTES = 64 * 1024;

/** JSON, said to be in UTF-8 if anything is said. Source: RFC 8259, RFC 9110 section 8.3. */
const JSON_TYPE = /^application\/json\s*(;\s*charset\s*=\s*"?utf-?8"?\s*)?$/i;

/**
 * The bytes of a call's body.
 * @throws {BodyTooLargeError | UnsupportedMediaTypeError} it is too large, compressed, or does not say that it is JSON in UTF-8
 */
export function bytesOf({ body = '', headers, isBase64Encoded }: HttpEvent, maxBytes: number): Buffer {
  if (Buffer.byteLength(body) > maxBytes) throw new BodyTooLargeError(maxBytes);
  const encoding = headers['content-encoding'] ?? 'identity';
  if (body !== '' && (!JSON_TYPE.test(headers['content-type'] ?? '') || encoding.toLowerCase() !== 'identity')) {
    throw new UnsupportedMediaTypeError();
  }
  return Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
}

/** Refuses bodies that `bytesOf` refuses, also where none is expected. */
export const refuseBody: middy.MiddlewareObj<HttpEvent, HttpResult> = {
  before: ({ event }) => void bytesOf(event, MAX_BODY_BYTES),
};

/** The JSON body of a call. @throws {InvalidInputError} */
export function bodyOf<T>(event: HttpEvent, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    const text = strictText(bytesOf(event, MAX_BODY_BYTES));
    // API Gateway hands JSON on as text, in which it has replaced what was not UTF-8.
    value = isDamaged(text) ? undefined : JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
  }
  if (value === undefined) throw new InvalidInputError([{ pointer: '', detail: 'the body must be JSON in UTF-8' }]);
  return parse(schema, value);
}
