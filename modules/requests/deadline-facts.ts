import type { GivenLogin } from './login.ts';

/** Why a Request was turned down: a closed list, so that no free text about a person is stored. */
export const DENIAL_REASONS = [
  'identity-not-verified',
  'not-entitled',
  'duplicate',
  'manifestly-unfounded',
  'withdrawn',
  'other',
] as const;
export type DenialReason = (typeof DENIAL_REASONS)[number];

/** Why the legal term rests: the person was asked who they are (GDPR Art. 12(6)), or what they mean (recital 63). */
export const PAUSE_REASONS = ['identity', 'scope'] as const;
/** Why the legal term is longer. Source: GDPR Art. 12(3). */
export const EXTENSION_REASONS = ['complexity', 'number-of-requests'] as const;

/** A stretch in which the legal term rested; without `to` it still does. Instants, ISO 8601 UTC. */
export interface DeadlinePause {
  readonly from: string;
  readonly to?: string;
  readonly reason: (typeof PAUSE_REASONS)[number];
}

/** The legal term of a Request, and what moved it. Instants, ISO 8601 UTC. */
export interface Deadline {
  /** When the person asked. */
  readonly receivedAt: string;
  /** The last second of the last day. While the term rests, as if it went on now. */
  readonly dueAt: string;
  readonly pauses: readonly DeadlinePause[];
  readonly extension?: {
    readonly months: 1 | 2;
    readonly reason: (typeof EXTENSION_REASONS)[number];
    readonly at: string;
  };
  /** Ids of the warnings that were given. */
  readonly warned?: readonly string[];
}

/** Body of `POST /v1/requests/{requestId}/deadline`. */
export type DeadlineChange =
  | { readonly action: 'pause'; readonly reason: DeadlinePause['reason'] }
  | { readonly action: 'resume' }
  | {
      readonly action: 'extend';
      readonly reason: NonNullable<Deadline['extension']>['reason'];
      /** Further months, 2 when not told. */
      readonly months?: 1 | 2;
    };

/** Bodies of the routes by which people move a Request on, by the route's last word. */
export interface LifeSteps {
  readonly approve: { readonly planHash?: string };
  readonly deny: { readonly reasonCode: DenialReason };
  readonly login: { readonly login: GivenLogin };
  readonly deadline: DeadlineChange;
}

/** What a Request keeps of the people it waits for, and until when. Instants, ISO 8601 UTC; ids of people are opaque. */
export interface LifeFacts {
  readonly deadline: Deadline;
  /** How often `deadline` was written, so that no change of it overwrites another. */
  readonly deadlineChanges: number;
  /** While it awaits a person: until when, before it expires. */
  readonly waitsUntil?: string;
  /** For a Request that needs approval: SHA-256 (base64url) of the plan hash that is to be approved. */
  readonly planHashSha256?: string;
  readonly approvedBy?: string;
  readonly approvedAt?: string;
  readonly deniedBy?: string;
  readonly deniedAt?: string;
  readonly denialReason?: DenialReason;
}
