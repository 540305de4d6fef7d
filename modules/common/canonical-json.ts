import canonicalize from 'canonicalize';

/**
 * The canonical JSON of a value (RFC 8785): equal values have equal hashes and signatures.
 * As in `JSON.stringify`, an `undefined` property is left out, and `undefined` in an array becomes `null`.
 * @throws {TypeError} the value is `undefined`, or holds NaN, an infinite number, a lone surrogate, a bigint or a
 * reference to itself
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
