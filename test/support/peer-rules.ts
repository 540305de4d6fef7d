import type { ConnectionRules } from '../../modules/net/https-agent.ts';

/** How a peer on this machine is reached; an unchecked certificate fails the test. */
export const localRules = (facts: Partial<ConnectionRules> = {}): ConnectionRules => ({
  trust: { mode: 'ca' },
  now: () => new Date(),
  allowLoopback: true,
  onUnchecked: () => {
    throw new Error('the certificate was not checked');
  },
  ...facts,
});
