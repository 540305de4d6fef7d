import middy from '@middy/core';
import { type AnchorAuditPorts, anchorAudit } from '../../modules/proof/anchor-audit.ts';

/** By its schedule: shows the ends of audit trails to the witness. */
export const createHandler = (ports: AnchorAuditPorts) =>
  middy<object, { readonly anchored: number }>().handler((_event, _context, { signal }) => anchorAudit(ports, signal));
