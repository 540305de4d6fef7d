import * as z from 'zod';
import type { Link } from '../../../modules/archive/link.ts';
import type { EnginesView } from '../../../modules/engines/engines-view.ts';
import type { PreviewView } from '../../../modules/lifecycle/preview-view.ts';
import type { Certificate, SignedCertificate } from '../../../modules/requests/proof.ts';
import type { Problem } from '../problem.ts';
import { allProblems } from '../problems.ts';
import type { FieldsOf } from './fields.ts';

const Count = z.int().min(0);
const Instant = z.iso.datetime();
const Names = z.array(z.string());

export const LinkSchema: z.ZodType<Link> = z
  .strictObject({ url: z.url(), expiresAt: Instant })
  .describe('A way to one archive that ends after minutes');

export const NearNamesSchema = z
  .strictObject({ names: Names })
  .describe('Other accounts that the Engines hold of the same person');

export const NonceSchema = z
  .strictObject({ nonce: z.string() })
  .describe("Key of the certificate's commitment, base64; handed out once");

export const EnginesViewSchema: z.ZodType<EnginesView> = z.strictObject({
  federation: z.enum(['configured', 'all-listed']),
  engines: z.array(
    z.strictObject({
      engineId: z.string(),
      name: z.string(),
      status: z.string().describe('`CONNECTED`, or why it cannot be asked'),
      timezone: z.string(),
      version: z.string(),
    }),
  ),
});

export const PreviewViewSchema: z.ZodType<PreviewView> = z
  .strictObject({
    kind: z.enum(['retrieve', 'anonymize']),
    subjectKind: z.enum(['user', 'device']),
    rows: Count.describe('Rows that an anonymization would change'),
    tables: z.array(z.strictObject({ table: z.string(), rows: Count, exact: Count, tokens: Count, suspected: Count })),
    spellings: Names.describe('How the name is written where it is stored'),
    nearNames: Names.describe('Other names that hold its letters'),
    unmapped: Names.describe('Columns approved as naming nobody that hold it all the same'),
    outOfReach: Names.describe('Places that no change reaches'),
    accounts: Names.describe('Columns of login accounts of the Portal that hold it'),
    planHash: z.string().exactOptional().describe('Stands for all this when the anonymization is started'),
    notBefore: Instant.exactOptional().describe('When an anonymization can start'),
  } satisfies FieldsOf<PreviewView>)
  .describe('What the Portal holds under a name: personal, shown once, kept nowhere');

const CertificateSchema: z.ZodType<Certificate> = z.strictObject({
  certId: z.string(),
  requestId: z.uuid(),
  reference: z.string().exactOptional(),
  kind: z.enum(['user', 'device']),
  action: z.literal('anonymize-portal'),
  statement: z.string(),
  planHash: z.string().exactOptional(),
  schemaFingerprint: z.string().exactOptional(),
  toolVersion: z.string(),
  startedAt: Instant,
  finishedAt: Instant,
  approverRole: z.literal('second-person').exactOptional().describe('Absent where nobody but the caller had to agree'),
  changed: z.strictObject({ rows: Count, tables: Count }),
  searchedBefore: z.strictObject({ tables: Count, columns: Count }),
  searchedAfter: z.strictObject({ tables: Count, columns: Count, hits: Count }),
  controls: z.strictObject({ rowTotalsEqual: z.literal(true), bystandersUnchanged: z.boolean() }),
  retained: z.array(z.strictObject({ store: z.string(), why: z.string(), until: z.string().nullable() })),
  sentinel: z.strictObject({ enabled: z.boolean(), until: Instant.exactOptional() }).exactOptional(),
  subjectCommitment: z.string(),
} satisfies FieldsOf<Certificate>);

export const SignedCertificateSchema: z.ZodType<SignedCertificate> = z
  .strictObject({
    certificate: CertificateSchema,
    signature: z.strictObject({
      algorithm: z.literal('ECDSA_P256_SHA256'),
      publicKey: z.string().describe('SPKI, DER, base64'),
      value: z.string().describe('DER, base64'),
    }),
  })
  .describe('Proof of an anonymization, signed over its canonical JSON (RFC 8785)');

export const TicketEventSchema = z
  .looseObject({})
  .describe('As the vendor sends it (docs/tickets.md); nothing but the key of the ticket is taken from it');

export const HealthSchema = z.strictObject({ status: z.literal('ok'), version: z.string() });

export const OpenApiSchema = z.looseObject({ openapi: z.string() }).describe('This document');

const types = [...allProblems().map(({ type }) => type), 'about:blank'];

export const ProblemSchema: z.ZodType<Problem> = z
  .strictObject({
    type: z.enum(types).describe('Stable; a page of docs/problems/. `about:blank`: told by the gateway'),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string().describe('What was refused and what to change'),
    errors: z
      .array(z.strictObject({ pointer: z.string(), detail: z.string() }))
      .exactOptional()
      .describe('What is wrong in the body, each with a JSON pointer (RFC 6901)'),
    state: z.string().exactOptional().describe('The present state of the request'),
    requestId: z.uuid().exactOptional().describe('The request that is in the way'),
    retryAfter: Count.exactOptional().describe('Seconds to wait'),
  })
  .describe('Problem details (RFC 9457)');

/** What API Gateway itself says, where it refuses before a function is called. */
export const GatewayMessageSchema = z.strictObject({ message: z.string() });
