import type { AccountPolicy } from '../engines/settings.ts';
import type { NightlyJobs } from '../portal/nightly-jobs.ts';
import type { DeadlineRules } from '../requests/deadline.ts';
import type { AccountScope } from '../requests/source.ts';
import type { CoUsers, WorkKind } from '../requests/subject.ts';
import type { ApprovalSettings, LoginSettings, PreviewRule, RemovalSettings } from './settings.ts';

export type InitialState = 'QUEUED' | 'AWAITING_APPROVAL' | 'AWAITING_LOGIN' | 'AWAITING_REMOVAL';

/** What the settings require of a Request, from its start to its deadline; each use case takes the rules that it applies. */
export interface LifecyclePolicy {
  readonly account: AccountPolicy;
  readonly coUsers: CoUsers;
  readonly nightlyJobs: NightlyJobs;
  readonly preview: PreviewRule;
  readonly approval: Pick<ApprovalSettings, WorkKind>;
  readonly loginLater: LoginSettings['later'];
  /** How long a Request waits for a person, days. */
  readonly waitDays: Readonly<Record<Exclude<InitialState, 'QUEUED'>, number>>;
  readonly deadlineRules: DeadlineRules;
  /** How often a removal of a device is checked. */
  readonly removal: Pick<RemovalSettings, 'everyHours'> & { readonly accountScope: AccountScope };
}

/** Rules of the policy that one start does not follow, each with its replacement. */
export interface Waivers {
  /** Whose approval counts instead of a second person's. */
  readonly approval: 'given-by-ticket' | 'given-for-first-request';
  readonly preview: 'hidden-from-approver' | 'nobody-to-show';
  /** Where the login comes from when the caller gives none. */
  readonly login: 'given-later';
}
