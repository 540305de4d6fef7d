import type { Environment } from '../functions/wiring/environment.ts';
import { REQUEST_INDEXES } from '../modules/requests/adapters/dynamo-indexes.ts';
import { FAKE_CREDENTIALS, REGION, stateMachineArn } from './aws/names.ts';
import type { IdentityProvider } from './config/config.ts';

export const TABLES = { requests: 'requests', audit: 'audit', sealed: 'sealed' } as const;
/** Their indexes, as infra/data-stack.ts makes them. */
export const INDEXES = { [TABLES.requests]: Object.values(REQUEST_INDEXES) };
export const BUCKET = 'nexthink-gdpr';
/** Secrets Manager ids of the roles of the Portal database. */
export const PORTAL_SECRETS = {
  read: 'portal/read',
  anonymize: 'portal/anonymize',
  verify: 'portal/verify',
  maintain: 'portal/maintain',
} as const;

/** Secrets Manager id of the service account. */
export const SERVICE_ACCOUNT_SECRET = 'service-account';

/** Where the stand-ins listen. */
export interface Endpoints {
  readonly objects: string;
  readonly tables: string;
  readonly keysAndSecrets: string;
  readonly stepFunctions: string;
}

type Setting = keyof Environment;

interface FunctionOptions {
  readonly engineTimeoutSeconds?: number | undefined;
  /** The company's OpenID provider; absent: the one of this machine. */
  readonly identityProvider?: Pick<IdentityProvider, 'scopeClaim' | 'trust'> | undefined;
}

/** The functions' environment: their settings, and the endpoints where the SDK clients look by themselves. */
export function functionEnvironment(
  endpoints: Endpoints,
  { engineTimeoutSeconds, identityProvider }: FunctionOptions = {},
): Record<string, string> {
  const settings: Partial<Record<Setting, string>> = {
    REQUESTS_TABLE: TABLES.requests,
    AUDIT_TABLE: TABLES.audit,
    SEALED_TABLE: TABLES.sealed,
    BUCKET,
    SEAL_KEY_ID: 'seal',
    RETRIEVE_STATE_MACHINE_ARN: stateMachineArn('retrieve'),
    ANONYMIZE_STATE_MACHINE_ARN: stateMachineArn('anonymize'),
    REHEARSE_STATE_MACHINE_ARN: stateMachineArn('rehearse'),
    PORTAL_READ_SECRET_ID: PORTAL_SECRETS.read,
    PORTAL_ANONYMIZE_SECRET_ID: PORTAL_SECRETS.anonymize,
    PORTAL_VERIFY_SECRET_ID: PORTAL_SECRETS.verify,
    PORTAL_MAINTAIN_SECRET_ID: PORTAL_SECRETS.maintain,
    SIGN_KEY_ID: 'sign',
    MAC_KEY_ID: 'mac',
    ...(identityProvider && {
      SCOPE_CLAIM: identityProvider.scopeClaim,
      JWT_ISSUER_TRUST: JSON.stringify(identityProvider.trust),
    }),
    ...(engineTimeoutSeconds !== undefined && { ENGINE_TIMEOUT_SECONDS: String(engineTimeoutSeconds) }),
  };
  return {
    ...settings,
    AWS_ENDPOINT_URL_S3: endpoints.objects,
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.tables,
    AWS_ENDPOINT_URL_KMS: endpoints.keysAndSecrets,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoints.keysAndSecrets,
    AWS_ENDPOINT_URL_SFN: endpoints.stepFunctions,
  };
}

/** The same for a process that is no function, such as a test with SDK clients of its own. */
export const clientEnvironment = (functions: Record<string, string>): Record<string, string> => ({
  ...functions,
  AWS_REGION: REGION,
  AWS_ACCESS_KEY_ID: FAKE_CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: FAKE_CREDENTIALS.secretAccessKey,
});
