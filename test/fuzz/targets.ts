import type { Target } from './target.ts';
import { API_TARGETS } from './targets/api.ts';
import { ARCHIVE_TARGETS } from './targets/archives.ts';
import { CONFIGURATION_TARGETS } from './targets/configuration.ts';
import { ENGINE_TARGETS, stopPeers } from './targets/engines.ts';
import { PROOF_TARGETS } from './targets/proofs.ts';
import { RECORDING_TARGETS } from './targets/recordings.ts';
import { stopTickets, TICKET_TARGETS } from './targets/tickets.ts';

/** Every place where bytes come in that somebody else has written. */
export const TARGETS: readonly Target[] = [
  ...ENGINE_TARGETS,
  ...TICKET_TARGETS,
  ...CONFIGURATION_TARGETS,
  ...API_TARGETS,
  ...ARCHIVE_TARGETS,
  ...PROOF_TARGETS,
  ...RECORDING_TARGETS,
];

/** Servers that targets have started. */
export const stopAll = () => Promise.all([stopPeers(), stopTickets()]);
