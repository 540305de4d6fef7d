import type * as z from 'zod';
import type { SettingsDocument } from '../../functions/wiring/settings.ts';

type Preset = Partial<z.input<typeof SettingsDocument>>;

/** Settings that suit a purpose. A field of the file takes the place of the preset's. */
export const PRESETS = {
  /** Simulated people: nothing stands in the way of trying. */
  demo: {
    callerLimits: { callsPerMinute: 100_000, unfinishedRequests: 10_000 },
    nightlyJobs: [],
  },
  /** A real Nexthink, first tries by one person: an anonymization is previewed before. */
  pilot: { preview: 'required' },
  /** As in production: a second person approves, and what cannot be made sure is refused. */
  strict: {
    preview: 'required',
    approval: { anonymize: 'required', retrieve: 'required' },
    login: { later: 'allowed' },
    coUsers: 'mask',
    portal: { unreachable: 'refuse', controls: 'full', vacuum: 'full' },
  },
} as const satisfies Readonly<Record<string, Preset>>;
