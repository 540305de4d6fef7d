/* Made from modules/requests/deadline-facts.ts by `npm run generate`. */

/** Why a request is denied, and why its deadline is paused or later. */
export const DENIAL_REASONS = [
  'identity-not-verified',
  'not-entitled',
  'duplicate',
  'manifestly-unfounded',
  'withdrawn',
  'other',
] as const;
export const PAUSE_REASONS = ['identity', 'scope'] as const;
export const EXTENSION_REASONS = ['complexity', 'number-of-requests'] as const;
