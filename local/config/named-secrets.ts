import type * as z from 'zod';
import { ClientSecret } from '../../modules/engines/settings.ts';
import { WebhookSecret } from '../../modules/notices/settings.ts';
import { PortalConnection } from '../../modules/portal/settings.ts';
import { Login } from '../../modules/requests/start-body.ts';
import { signatureOf, webhookSecrets } from '../../modules/ticket-systems/signature.ts';
import { VENDORS } from '../../modules/ticket-systems/vendors.ts';
import { TicketApiSecret } from '../../modules/tickets/settings.ts';
import { PORTAL_SECRETS } from '../environment.ts';
import type { Config } from './config.ts';
import { ConfigError } from './explain.ts';
import type { SecretFiles } from './secret-files.ts';

/** A secret that the operator's file needs. */
interface NamedSecret {
  readonly name: string;
  /** The field that names it. */
  readonly field: string;
  readonly schema: z.ZodType;
  /** The field of the secret that a bare text is. */
  readonly text: 'password' | 'clientSecret' | 'secrets';
  readonly hasUsername: boolean;
}

type PortalRole = keyof typeof PORTAL_SECRETS;
const PORTAL_ROLES = Object.keys(PORTAL_SECRETS) as PortalRole[];
/** What the file says of a connection may stand in the secret too, as on AWS. */
const RolePassword = PortalConnection.partial().required({ password: true });

/** All secrets that a file needs, in its order. */
function namedSecrets(config: Config): NamedSecret[] {
  const { portalDatabase, portalApi, serviceAccount, connections, outbound } = config;
  const found: NamedSecret[] = [];
  const add = (name: string, field: string, schema: z.ZodType, text: NamedSecret['text'], hasUsername = false) =>
    found.push({ name, field, schema, text, hasUsername });
  for (const role of portalDatabase ? PORTAL_ROLES : [])
    add(PORTAL_SECRETS[role], `portalDatabase.roles.${role}`, RolePassword, 'password');
  if (portalApi?.auth.mode === 'oauth')
    add(portalApi.auth.secretId, 'portalApi.auth.secretId', ClientSecret, 'clientSecret');
  if (serviceAccount) add(serviceAccount.secretId, 'serviceAccount.secretId', Login, 'password', true);
  for (const [id, { kind, api, intake }] of Object.entries(connections)) {
    add(api.secretId, `connections.${id}.api.secretId`, TicketApiSecret, 'password', true);
    if (!intake) continue;
    const schema = webhookSecrets(signatureOf(VENDORS[kind], intake.signedBy));
    add(intake.secretId, `connections.${id}.intake.secretId`, schema, 'secrets');
  }
  for (const [at, { secretId }] of outbound.webhooks.entries())
    add(secretId, `outbound.webhooks.${at}.secretId`, WebhookSecret, 'secrets');
  return found;
}

/** The command that sets a secret. */
const commandOf = ({ name, hasUsername }: NamedSecret, file?: string): string =>
  `npm run -s gdpr -- secret set ${name}${hasUsername ? ' --username NAME' : ''}${file ? ` --config ${file}` : ''}`;

/** A line for each secret that was never set. @param file that was named */
export const missingSecrets = (config: Config, secrets: SecretFiles, file: string | undefined): string[] =>
  namedSecrets(config)
    .filter(({ name }) => secrets.get(name) === undefined)
    .map((secret) => `${secret.field}: the secret ${secret.name} is missing; set it with: ${commandOf(secret, file)}`);

/**
 * Keeps a secret as the document that it is on AWS.
 * @param given the document, or the password (key, client secret) alone
 * @throws {ConfigError} the file names no such secret, or it has another form; the value is not repeated
 */
export function setSecret(config: Config, secrets: SecretFiles, name: string, given: string, username?: string): void {
  const all = namedSecrets(config);
  const secret = all.find((each) => each.name === name);
  if (!secret) {
    const known = all.length > 0 ? `it names ${all.map((each) => each.name).join(', ')}` : 'it names none';
    throw new ConfigError(`The configuration names no secret ${name}; ${known}`);
  }
  const value = documentOf(secret, given, username);
  const parsed = secret.schema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ConfigError(
      `${name}: ${[...issue!.path, ''].join('.')} ${issue!.message}; give the value alone (${commandOf(secret)}), or its JSON document`,
    );
  }
  secrets.set(name, JSON.stringify(parsed.data));
}

function documentOf({ text, hasUsername }: NamedSecret, given: string, username: string | undefined): unknown {
  if (given.startsWith('{')) {
    try {
      return JSON.parse(given);
    } catch {
      // a password may begin so
    }
  }
  const value = text === 'secrets' ? [given] : given;
  return { ...(hasUsername && { username }), [text]: value };
}

/** What Secrets Manager answers for the functions: the role's password is joined with where the database is. */
export const secretFor =
  ({ config: { portalDatabase }, secrets }: { readonly config: Config; readonly secrets: SecretFiles }) =>
  (name: string): string | undefined => {
    const kept = secrets.get(name);
    const role = PORTAL_ROLES.find((each) => PORTAL_SECRETS[each] === name);
    if (kept === undefined || !role || !portalDatabase) return kept;
    const { roles, mapping: _, ...place } = portalDatabase;
    return JSON.stringify({ ...place, username: roles[role], ...(JSON.parse(kept) as object) });
  };
