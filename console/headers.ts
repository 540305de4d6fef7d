/** Headers of each file of the page, wherever it is hosted: what no page may do. What it may load is said in the page itself. */
export const PAGE_HEADERS = {
  'content-security-policy': "frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;
