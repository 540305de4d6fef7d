import { expect, it } from 'vitest';
import { isEndUnknown } from '../../client/start-once.ts';

it.each([
  ['/problems/request-in-flight', 409, true],
  ['/problems/internal', 500, true],
  ['about:blank', 500, true],
  ['about:blank', 503, true],
  ['about:blank', 0, true],
  ['about:blank', 401, false],
  ['/problems/not-started', 503, false],
  ['/problems/login-refused', 403, false],
])('%s with %i leaves open what was begun: %s', (type, status, expected) => {
  expect(isEndUnknown({ type, status })).toBe(expected);
});
