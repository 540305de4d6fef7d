import { portalAnonymizer } from '../../adapters/portal-anonymizer.ts';
import type { PortalConnection } from '../../adapters/portal-connection.ts';
import { portalVerifier } from '../../adapters/portal-verifier.ts';
import type { PortalMapping } from '../../core/portal-mapping.ts';

/** What a run in a process of its own is told, as JSON in its first argument. */
export interface AloneJob {
  readonly requestId: string;
  readonly anonymize: PortalConnection;
  readonly verify: PortalConnection;
  readonly mapping: PortalMapping;
}

const { requestId, anonymize, verify, mapping } = JSON.parse(process.argv[2]!) as AloneJob;
const subject = { kind: 'user', name: 'jdoe' } as const;
const policy = { unreachable: 'retain', controls: 'full', lockSeconds: 10, statementSeconds: 300 } as const;

const before = await portalVerifier(async () => verify).verify(subject);
const { rowsByTable } = await portalAnonymizer(async () => anonymize, mapping, policy).anonymize(
  requestId,
  subject,
  `anon-${'z'.repeat(26)}`,
  { mayCommit: async () => {} },
);
const { residue } = await portalVerifier(async () => verify).verify(subject);
console.log(JSON.stringify({ before: before.residue, rowsByTable, residue }));
