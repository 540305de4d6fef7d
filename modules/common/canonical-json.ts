import canonicalize from 'canonicalize';

/**
 * The canonical JSON of a value: equal values have equal hashes and signatures. `undefined` is treated as in `JSON.stringify`.
 * @throws {TypeError} the value is `undefined`, or holds NaN, an infinite number, a lone surrogate, a bigint or itself
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
