import canonicalize from 'canonicalize';

/**
 * The JSON of a value with one spelling only (RFC 8785), so that equal values have equal hashes and signatures.
 * A property that is `undefined` is left out, and `undefined` in an array becomes `null`, as `JSON.stringify` has it.
 * @throws {TypeError} the value has no such JSON: NaN, an infinite number, a lone surrogate in a text or a name,
 * a bigint, a circle, or `undefined` as the whole
 * Source: RFC 8785; docs/decisions/0019-libraries-for-standards.md.
 */
export function canonicalJson(value: unknown): string {
  let text: string | undefined;
  try {
    text = canonicalize(value);
  } catch (error) {
    throw new TypeError('a value has no canonical JSON', { cause: error });
  }
  if (text === undefined) throw new TypeError('nothing has no canonical JSON');
  return text;
}
