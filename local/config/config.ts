import * as z from 'zod';
import { SettingsDocument } from '../../functions/wiring/settings.ts';
import { Trust } from '../../modules/net/trust.ts';
import { PortalConnection } from '../../modules/portal/settings.ts';
import { PRESETS } from './presets.ts';

const Port = z.int().min(1).max(65_535);
/** Others would send passwords to it unencrypted. */
const LoopbackAddress = z
  .string()
  .regex(/^127(\.\d{1,3}){3}$/, 'must be an address of this machine only; others need a proxy with TLS in front of it');
const Role = z.string().min(1);

/** The company's Portal database. Passwords of the roles are secrets: `portal/read` and so on. */
const PortalDatabase = z.strictObject({
  host: PortalConnection.shape.host,
  port: Port.default(5432),
  database: PortalConnection.shape.database,
  ca: PortalConnection.shape.ca.describe('CA of its certificate: PEM, or the path of a PEM file'),
  roles: z
    .strictObject({
      read: Role.default('gdpr_read'),
      anonymize: Role.default('gdpr_anonymize'),
      verify: Role.default('gdpr_verify'),
      maintain: Role.default('gdpr_maintain'),
    })
    .prefault({})
    .describe('Names of the four roles that `gdpr portal roles` makes'),
  mapping: z.string().min(1).describe('Path of the approved mapping'),
});

/** The company's OpenID provider, which issues the tokens of people. */
const IdentityProvider = z.strictObject({
  issuer: z.url({ protocol: /^https$/ }),
  audience: z.string().min(1).describe('Audience of its access tokens for this API'),
  clientId: z.string().min(1).describe('Public client of the console: authorization code with PKCE'),
  scopeClaim: z.string().min(1).default('scope').describe('Claim of an access token that names its scopes'),
  scope: z
    .string()
    .min(1)
    .optional()
    .describe('What the console asks for at a log-in, such as `openid api://gdpr/.default`'),
  resource: z.string().min(1).optional().describe('Sent with a log-in where the provider wants to know the API'),
  trust: Trust.prefault({ mode: 'ca' }),
});
export type IdentityProvider = z.infer<typeof IdentityProvider>;

/**
 * The file that names what is real on this machine. What it does not name is simulated. Beside four fields of this machine
 * it holds the fields of `settings.json`, as on AWS.
 */
export const Config = SettingsDocument.omit({ simulated: true })
  .extend({
    preset: z
      .enum(Object.keys(PRESETS) as (keyof typeof PRESETS)[])
      .default('pilot')
      .describe('Values of all settings that this file does not set'),
    listen: z.strictObject({ address: LoopbackAddress.default('127.0.0.1'), port: Port.default(8080) }).optional(),
    portalDatabase: PortalDatabase.optional(),
    identityProvider: IdentityProvider.optional(),
  })
  .meta({ title: 'Configuration of nexthink-gdpr on one machine' });
export type Config = z.infer<typeof Config>;

/** Whether the file names Engines by their hosts: they are real, and where it names no Portal API they are all that there are. */
export const areEnginesNamed = ({ engines }: Pick<Config, 'engines'>): boolean =>
  Object.values(engines).some(({ host }) => host !== undefined);

/** Whether the Engines are real. */
export const areEnginesReal = (config: Pick<Config, 'engines' | 'portalApi'>): boolean =>
  config.portalApi !== undefined || areEnginesNamed(config);

/** Fields that count when the system starts; all others count at the next call. */
export const OF_THIS_MACHINE = ['preset', 'listen', 'portalDatabase', 'identityProvider'] as const;
