import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { bodyOf, bytesOf, type HttpEvent } from '../../../functions/http/http.ts';

const Named = z.strictObject({ name: z.string() });
const JSON_BODY = { 'content-type': 'application/json' };

/** A call as API Gateway hands it on: `bytes` in base64, a text as it is. */
const call = (body: string | Buffer, headers: Record<string, string> = JSON_BODY) =>
  ({
    headers,
    body: typeof body === 'string' ? body : body.toString('base64'),
    isBase64Encoded: typeof body !== 'string',
  }) as unknown as HttpEvent;

describe('bodyOf', () => {
  it.each([
    ['application/json'],
    ['application/json; charset=utf-8'],
    ['application/json;charset="UTF-8"'],
    ['Application/JSON ; charset=utf8'],
  ])('reads JSON of the type %s, as text and as bytes', (type) => {
    const text = '{"name":"ren\u00e9"}';
    for (const body of [text, Buffer.from(text), Buffer.from(`\ufeff${text}`)]) {
      expect(bodyOf(call(body, { 'content-type': type, 'content-encoding': 'identity' }), Named)).toEqual({
        name: 'ren\u00e9',
      });
    }
  });

  it.each([
    ['Latin-1', Buffer.from('{"name":"ren\u00e9.favre"}', 'latin1')],
    ['Latin-1 that API Gateway has made text of', '{"name":"ren\ufffd.favre"}'],
    ['UTF-16', Buffer.from('{"name":"x"}', 'utf16le')],
    ['half a character', '{"name":"\ud800"}'],
    ['no JSON', '{"name":'],
    ['nothing', ''],
  ])('refuses %s (C40)', (_, body) => {
    expect(() => bodyOf(call(body), Named)).toThrow('the body must be JSON in UTF-8');
  });

  it.each([
    ['application/xml', {}],
    ['multipart/form-data; boundary=x', {}],
    ['application/x-www-form-urlencoded', {}],
    ['text/json', {}],
    ['application/jsonp', {}],
    ['application/json, text/plain', {}],
    ['application/json; charset=iso-8859-1', {}],
    ['application/json', { 'content-encoding': 'gzip' }],
    ['application/json', { 'content-encoding': 'identity, gzip' }],
  ])('refuses the type %s with %j (C41)', (type, more) => {
    expect(() => bodyOf(call('{"name":"x"}', { 'content-type': type, ...more }), Named)).toThrow(
      expect.objectContaining({ name: 'UnsupportedMediaTypeError' }),
    );
  });

  it('refuses a body without a type (C41), and heeds no type without a body', () => {
    expect(() => bytesOf(call('{}', {}), 10)).toThrow(expect.objectContaining({ name: 'UnsupportedMediaTypeError' }));
    expect(bytesOf(call('', { 'content-type': 'text/plain' }), 10)).toEqual(Buffer.alloc(0));
  });
});
