import * as z from 'zod';
import type { ReadonlyDeep } from '../common/shapes.ts';
import { Trust } from '../net/trust.ts';

const Port = z.int().min(1).max(65_535);

/** Settings of one Engine; they replace `EngineDefaults`. */
export const EngineSettings = z.strictObject({
  /** Instead of the address from List Engines. */
  host: z.string().optional(),
  /** IANA name, instead of the time zone from List Engines. */
  timezone: z.string().min(1).optional(),
  /** Instead of the version from List Engines. */
  version: z.string().min(1).optional(),
  /** Of the Web API; the `port` of List Engines is another. */
  port: Port.optional(),
  trust: Trust.optional(),
  answerBytes: z.int().min(1).optional(),
});
/** Settings that replace what List Engines reports of one Engine. */
export type GivenFacts = Pick<ReadonlyDeep<z.infer<typeof EngineSettings>>, 'host' | 'timezone' | 'version'>;

/** For Engines without settings of their own. */
export const EngineDefaults = z.strictObject({
  port: Port.default(1671),
  trust: Trust.default({ mode: 'ca' }),
  /** Maximum answer to one query, bytes. */
  answerBytes: z
    .int()
    .min(1)
    .default(1024 ** 3),
  /** Maximum silence within an answer, seconds. */
  idleSeconds: z.int().min(1).max(600).default(60),
});

const OAuthClient = z.strictObject({
  mode: z.literal('oauth'),
  tokenUrl: z.url({ protocol: /^https$/ }),
  clientId: z.string().min(1),
  /** Id of the secret `{clientSecret}`; its name starts with the stage and `/portal-api`. */
  secretId: z.string().min(1),
  scope: z.string().optional(),
});
export type OAuthClient = ReadonlyDeep<z.infer<typeof OAuthClient>>;

/** Secret of the client of a cloud tenant's List Engines API. */
export const ClientSecret = z.object({ clientSecret: z.string().min(1) });

/** The Portal's List Engines API, and the account that queries it. */
export const PortalApiSettings = z.strictObject({
  url: z.url(),
  trust: Trust.default({ mode: 'ca' }),
  /**
   * `basic`: the Operator's login, which this also checks. `oauth`: a client of the cloud tenant (grant
   * `client_credentials`); what a tenant's authorization server requires is not documented.
   */
  auth: z.discriminatedUnion('mode', [z.strictObject({ mode: z.literal('basic') }), OAuthClient]).default({
    mode: 'basic',
  }),
});

/** What happens when no Engine can prove an account (R4). */
export const AccountSettings = z.strictObject({
  /** `allow`: work starts although no Engine could say whether the account sees all data. A refused account is refused all the same. */
  whenUnproved: z.enum(['refuse', 'allow']).default('refuse'),
});
export type AccountPolicy = ReadonlyDeep<z.infer<typeof AccountSettings>>;

/** How an Engine without the licence for its Web API answers, which is not documented: a status and a word. */
export const LicenceMarker = z.strictObject({
  statuses: z.array(z.int().min(300).max(599)).default([402, 403, 404, 501, 503]),
  words: z.array(z.string().min(1)).default(['license', 'licence']),
});
export type LicenceMarker = ReadonlyDeep<z.infer<typeof LicenceMarker>>;
