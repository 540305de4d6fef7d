import { randomBytes, randomUUID } from 'node:crypto';
import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { jsonLog } from '../../modules/common/adapters/json-log.ts';
import { SettingsError } from '../../modules/common/errors.ts';
import type { Clock } from '../../modules/common/ports.ts';
import { Trust } from '../../modules/net/trust.ts';
import { type CallerRules, SCOPES } from '../../modules/requests/caller.ts';

const json = (absent: string) =>
  z
    .string()
    .default(absent)
    .transform((text): unknown => JSON.parse(text));

/** Parsed once, at the first call. The SDK itself reads the endpoints of AWS services (`AWS_ENDPOINT_URL_S3` and so on). */
export const Environment = z.object({
  /** DynamoDB tables (docs/architecture.md). */
  REQUESTS_TABLE: z.string().min(1),
  AUDIT_TABLE: z.string().min(1),
  SEALED_TABLE: z.string().min(1),
  /** S3 bucket of `parts/`, `archives/` and `settings/`. */
  BUCKET: z.string().min(1),
  SEAL_KEY_ID: z.string().min(1),
  RETRIEVE_STATE_MACHINE_ARN: z.string().min(1),
  ANONYMIZE_STATE_MACHINE_ARN: z.string().min(1),
  REHEARSE_STATE_MACHINE_ARN: z.string().min(1),
  /** Secrets Manager: `{host, port, database, username, password, ca?}` of three roles of the Portal database. */
  PORTAL_READ_SECRET_ID: z.string().min(1),
  PORTAL_ANONYMIZE_SECRET_ID: z.string().min(1),
  PORTAL_VERIFY_SECRET_ID: z.string().min(1),
  /** The same of a fourth role, which may VACUUM and ANALYZE; empty when there is none. */
  PORTAL_MAINTAIN_SECRET_ID: z.string().default(''),
  /** KMS key (ECC_NIST_P256) that signs certificates. */
  SIGN_KEY_ID: z.string().min(1),
  /** KMS key (HMAC_256) of keyed hashes: of calls and of Subjects. */
  MAC_KEY_ID: z.string().min(1),
  /** Name of the EventBridge bus that gets notices of Requests; empty for none. */
  EVENT_BUS: z.string().default(''),
  /** Claim of an access token that names its scopes; `scope` also means `scp`. */
  SCOPE_CLAIM: z.string().min(1).default('scope'),
  /** Issuer of the tokens of people; empty where it is not told. */
  JWT_ISSUER: z.string().default(''),
  /** Audience of these tokens, which the authorizer of a private API compares. */
  JWT_AUDIENCE: z.string().default(''),
  /** How its certificate is trusted: JSON of a trust setting. */
  JWT_ISSUER_TRUST: json('{"mode":"ca"}').pipe(Trust),
  /** Folder of the system on one machine; empty on AWS. */
  DATA_FOLDER: z.string().default(''),
  /** JSON: scopes of machines, `{"<ARN of an IAM role, without its path>": ["gdpr.read", ...]}`. */
  MACHINE_SCOPES: json('{}').pipe(z.record(z.string(), z.array(z.enum(SCOPES)))),
  /** Set by Lambda; the audit trail names it when no Caller acts. */
  AWS_LAMBDA_FUNCTION_NAME: z.string().default('function'),
  /** A download link expires after this many seconds (docs/decisions/0022). */
  LINK_SECONDS: z.coerce.number().int().min(60).max(900).default(300),
  ARCHIVE_DAYS: z.coerce.number().int().min(1).max(90).default(7),
  /** Maximum time of one NXQL query, seconds. */
  ENGINE_TIMEOUT_SECONDS: z.coerce.number().int().min(1).max(600).default(120),
  DEFLATE_LEVEL: z.coerce.number().int().min(1).max(9).default(5),
});
export type Environment = z.infer<typeof Environment>;

export const environment = /* @__PURE__ */ once(() => Environment.parse(process.env));

export const callers = /* @__PURE__ */ once(
  (): CallerRules => ({ scopeClaim: environment().SCOPE_CLAIM, machines: environment().MACHINE_SCOPES }),
);
export const clock: Clock = { now: () => new Date() };
export const newId = randomUUID;
/** For one preview. */
export const newNonce = (): string => randomBytes(16).toString('base64url');
export const newKey = (): string => randomBytes(32).toString('base64');
export const log = /* @__PURE__ */ jsonLog((line) => process.stdout.write(`${line}\n`));

/** Parses what an operator has written. @throws {SettingsError} naming the wrong field, without its value */
export function check<T>(schema: z.ZodType<T>, document: string, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new SettingsError(document, `${issue?.path.join('.')}: ${issue?.message}`);
}

/** Makes a value at its first use and keeps it. Mark calls as pure, so that a bundle leaves out what its function does not use. */
export function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

export type Handler<E, R> = (event: E, context: Context) => Promise<R>;

/** A handler that is made at its first call, so that importing its file needs no environment and makes no client. */
export function lazy<E, R>(make: () => Handler<E, R>): Handler<E, R> {
  const made = once(make);
  return async (event, context) => made()(event, context);
}

/** A handler that is made for each call, so that settings are fresh and nothing of a Subject outlives the call. */
export const fresh =
  <E, R>(make: () => Promise<Handler<E, R>>): Handler<E, R> =>
  async (event, context) =>
    (await make())(event, context);
