import type { CloseRequestPorts } from '../../modules/lifecycle/close-request.ts';
import { portalLedger } from '../../modules/portal/anonymize/ledger.ts';
import { settings } from './documents.ts';
import { environment, newId } from './environment.ts';
import { executions } from './executions.ts';
import { sealedPorts, signer } from './keys.ts';
import { archives, parts } from './objects.ts';
import { portalMapping, portalRole } from './portal.ts';
import { lastRedirection, leases, subjects, suppression } from './tables.ts';

/** What closing a Request needs, for the function that does it and for the sweeper. */
export const closingPorts = (): CloseRequestPorts => ({
  ...sealedPorts(),
  parts: parts(),
  archives: archives(),
  archiveDays: environment().ARCHIVE_DAYS,
  executions: executions(),
  leases: leases(),
  portalLedger: async () => portalLedger(portalRole(environment().PORTAL_READ_SECRET_ID), await portalMapping()),
  subjects: subjects(),
  sentinel: { ledger: suppression(), generation: environment().MAC_KEY_ID },
  readPolicy: async () => {
    const { portal, retention, sentinel } = await settings();
    return { ownArchives: portal.ownArchives, verifyDays: portal.verifyDays, retention, sentinel };
  },
  lastRedirection: lastRedirection(),
  newId,
  signer: signer(),
  schemaFingerprint: async () => (await portalMapping()).fingerprint,
});
