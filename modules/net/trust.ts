import * as z from 'zod';

/** How the certificate of a peer (an Engine, the Portal, a ticket system) is checked (R11). */
export const Trust = z.discriminatedUnion('mode', [
  /** CA certificates in PEM; default: the public CAs. */
  z.strictObject({ mode: z.literal('ca'), pem: z.string().optional() }),
  /** SHA-256 of the leaf certificate, `AA:BB:...`. */
  z.strictObject({ mode: z.literal('fingerprint'), sha256: z.string().regex(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/) }),
  z.strictObject({ mode: z.literal('insecure'), until: z.iso.date() }),
]);
export type Trust = Readonly<z.infer<typeof Trust>>;

export const TrustMode = z.enum(Trust.options.map(({ shape }) => shape.mode.value));

/** A system outside that is called with a secret. */
export const Peer = z.strictObject({
  /** Only `https`, unless `allowLoopback`. */
  url: z.url({ protocol: /^https?$/ }),
  trust: Trust.default({ mode: 'ca' }),
  /** Id of its secret; the name starts with the stage and a folder of its kind, which functions may read. */
  secretId: z.string().min(1),
});
