import { PlanChangedError } from './errors.ts';
import type { PortalMapping } from './portal-mapping.ts';
import { planDigest } from './portal-plan.ts';
import type { PortalAnonymizer, PortalLedger, PortalPreview, Requests, Vault } from './ports.ts';

/** What is needed to tell whether a plan still holds. */
export interface PlanPorts {
  readonly requests: Requests;
  readonly vault: Vault;
  readonly portalPreview: PortalPreview;
  readonly portalLedger: PortalLedger;
}

/**
 * An anonymizer that starts only when the Portal still holds what the preview showed, for a Request that carries the
 * hash of one. A run that has committed is told again, whatever the Portal holds by now.
 */
export const plannedAnonymizer = (
  inner: PortalAnonymizer,
  mapping: PortalMapping,
  { requests, vault, portalPreview, portalLedger }: PlanPorts,
): PortalAnonymizer => ({
  async anonymize(requestId, subject, token, mayCommit, signal) {
    const { planDigest: agreed } = await requests.get(requestId);
    if (agreed !== undefined && !(await portalLedger.outcomeOf(requestId))) {
      const [nonce, findings] = await Promise.all([
        vault.open(requestId, 'plan'),
        portalPreview.findSubject(subject, signal),
      ]);
      if (planDigest(nonce, subject, mapping, findings) !== agreed) throw new PlanChangedError();
    }
    return inner.anonymize(requestId, subject, token, mayCommit, signal);
  },
});
