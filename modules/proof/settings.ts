import * as z from 'zod';
import { Trust } from '../net/trust.ts';

const Days = z.int().min(1).max(3650).optional();

/** Days that other stores keep data which an anonymization cannot reach; the certificate shows them. Absent: not known. */
export const RetentionDays = z.strictObject({
  engineDays: Days,
  backupDays: Days,
  walDays: Days,
  historyFilesDays: Days,
});
export type RetentionDays = Readonly<z.infer<typeof RetentionDays>>;

/** Which authority stamps the ends of audit trails; none when absent. */
export const AuditSettings = z.strictObject({
  /** A time-stamping authority (RFC 3161). */
  witness: z
    .strictObject({
      url: z.url({ protocol: /^https$/ }),
      /** Of its HTTPS server. */
      trust: Trust.default({ mode: 'ca' }),
      /** PEM of the CAs that may issue the certificate that signs its stamps. */
      ca: z
        .string()
        .regex(/-----BEGIN CERTIFICATE-----/, 'certificates in PEM')
        .optional(),
    })
    .optional(),
});
