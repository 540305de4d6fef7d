import type { CloseRequestPorts } from '../../modules/lifecycle/close-request.ts';
import { portalLedger } from '../../modules/portal/anonymize/ledger.ts';
import {
  anonymizationSettings,
  archives,
  clock,
  environment,
  executions,
  log,
  newId,
  parts,
  portalMapping,
  portalRole,
  requests,
  signer,
  subjects,
  suppression,
  vault,
} from './dependencies.ts';

/** What closing a Request needs, for the function that does it and for the sweeper. */
export const closingPorts = (): CloseRequestPorts => ({
  requests: requests(),
  vault: vault(),
  parts: parts(),
  archives: archives(),
  log,
  executions: executions(),
  portalLedger: async () => portalLedger(portalRole(environment().PORTAL_READ_SECRET_ID), await portalMapping()),
  earlierArchives: {
    subjects: subjects(),
    ownArchives: async () => (await anonymizationSettings()).portal.ownArchives,
  },
  sentinel: {
    ledger: suppression(),
    policy: async () => (await anonymizationSettings()).sentinel,
    generation: environment().MAC_KEY_ID,
  },
  certificates: {
    clock,
    newId,
    signer: signer(),
    retention: async () => (await anonymizationSettings()).retention,
    schemaFingerprint: async () => (await portalMapping()).fingerprint,
  },
});
