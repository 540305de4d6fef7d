import * as z from 'zod';

/** How the certificate of an Engine or of the Portal is trusted (R11). */
export const Trust = z.discriminatedUnion('mode', [
  /** A CA bundle in PEM; the public CAs when none is given. */
  z.strictObject({ mode: z.literal('ca'), pem: z.string().optional() }),
  /** SHA-256 of the leaf certificate, `AA:BB:...`. */
  z.strictObject({ mode: z.literal('fingerprint'), sha256: z.string().regex(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/) }),
  /** No check at all, until a date. */
  z.strictObject({ mode: z.literal('insecure'), until: z.iso.date() }),
]);
export type Trust = z.infer<typeof Trust>;

const EngineSettings = z.strictObject({
  /** Instead of the address that List Engines tells. */
  host: z.string().optional(),
  /** Of the Web API; the `port` of List Engines is another. */
  port: z.int().min(1).max(65_535).optional(),
  trust: Trust.optional(),
});

/** `settings/settings.json` in the bucket: what an operator sets without deploying. */
export const Settings = z.strictObject({
  portalApi: z.strictObject({ url: z.url(), trust: Trust.default({ mode: 'ca' }) }),
  /** Names of the federated Engines; when absent, every Engine that List Engines returns (R5). */
  federation: z.array(z.string()).optional(),
  /** Port and trust of Engines without an entry of their own. */
  engineDefaults: z.strictObject({ port: z.int().default(1671), trust: Trust.default({ mode: 'ca' }) }).prefault({}),
  /** By the Engine's name. */
  engines: z.record(z.string(), EngineSettings).default({}),
  /** How far back to ask, days. Source: domain/retrieval-plan.md section 4. */
  daysBack: z.int().min(1).max(3650).default(400),
  /** Rows asked for at once. Source: domain/nxql.md section 2.6. */
  rowLimit: z.int().min(1).max(1_000_000).default(10_000),
  /** Puts `'` before cells that a spreadsheet would take for a formula. */
  neutralizeFormulas: z.boolean().default(true),
});
export type Settings = z.infer<typeof Settings>;

/** A secret of the Portal database: one for each role. With `ca` (PEM) TLS is checked against it. */
export const PortalSecret = z.object({
  host: z.string().min(1),
  port: z.coerce.number().int().min(1).max(65_535),
  database: z.string().min(1),
  username: z.string().min(1),
  password: z.string().min(1),
  ca: z.string().optional(),
});
