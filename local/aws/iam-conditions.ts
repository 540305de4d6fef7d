/** Whether a pattern of IAM stands for a text: `*` for any characters, `?` for one. */
export function matches(pattern: string, text: string): boolean {
  const known = EXPRESSIONS.get(pattern) ?? expressionOf(pattern);
  EXPRESSIONS.set(pattern, known);
  return known.test(text);
}
const EXPRESSIONS = new Map<string, RegExp>();

function expressionOf(pattern: string): RegExp {
  const expression = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`, 's');
}

type Compare = (value: string, given: string) => boolean;
const equals: Compare = (value, given) => value === given;
/** The comparisons that are read here. */
const COMPARISONS: Readonly<Record<string, Compare>> = {
  StringEquals: equals,
  StringLike: matches,
  ArnEquals: matches,
  ArnLike: matches,
  Bool: equals,
  NumericLessThan: (value, given) => Number(given) < Number(value),
};

/** The comparison of an operator, without `Not`, `IfExists` and a set operator; nothing when it is not read here. */
export function comparisonOf(operator: string): Compare | undefined {
  const [name = ''] = operator.split(':').reverse();
  return COMPARISONS[name.replace('Not', '').replace(/IfExists$/, '')];
}

/**
 * Whether a condition holds. Source: IAM user guide, "Condition operators" and "Set operators": without a set operator a key
 * that is absent does not match, but for a negated operator; with `ForAllValues` it does, with `ForAnyValue` never. `Null` asks
 * whether it is absent, and `IfExists` is content with that.
 * @param given values of the key in a call @returns nothing when the operator is not read here
 */
export function conditionHolds(
  operator: string,
  values: readonly string[],
  given: readonly string[],
): boolean | undefined {
  if (operator === 'Null') return values.includes(String(given.length === 0));
  const [name = '', set] = operator.split(':').reverse();
  const compare = comparisonOf(operator);
  if (!compare) return undefined;
  if (given.length === 0 && name.endsWith('IfExists')) return true;
  const isNegated = name.includes('Not');
  const fits = (one: string) => values.some((value) => compare(value, one)) !== isNegated;
  return set === 'ForAllValues' || (isNegated && set === undefined) ? given.every(fits) : given.some(fits);
}
