import { portalAnonymizer } from '../../modules/portal/anonymize/anonymizer.ts';
import type { PortalMapping } from '../../modules/portal/mapping/mapping.ts';
import { portalVerifier } from '../../modules/portal/search/preview.ts';
import type { PortalConnection } from '../../modules/portal/settings.ts';

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
