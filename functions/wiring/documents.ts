import type { LifecyclePolicy } from '../../modules/lifecycle/policy.ts';
import type { Trust } from '../../modules/net/trust.ts';
import { check } from './environment.ts';
import { settingsDocument } from './objects.ts';
import { Settings } from './settings.ts';

/** `settings.json`, read for each call. */
export const settings = async (): Promise<Settings> =>
  check(Settings, 'settings.json', await settingsDocument('settings.json'));

/** How the certificate of the Engine of this name is trusted (R11). */
export const trustOf = (
  { engines, engineDefaults }: Pick<Settings, 'engines' | 'engineDefaults'>,
  name: string,
): Trust => engines[name]?.trust ?? engineDefaults.trust;

/** What the settings require of a Request. */
export const policyOf = ({ approval, login, removal, deadline, ...given }: Settings): LifecyclePolicy => ({
  account: given.account,
  coUsers: given.coUsers,
  preview: given.preview,
  nightlyJobs: { zone: given.portalTimeZone, jobs: given.nightlyJobs },
  approval,
  loginLater: login.later,
  waitDays: { AWAITING_APPROVAL: approval.days, AWAITING_LOGIN: login.days, AWAITING_REMOVAL: removal.days },
  removal: { ...removal, accountScope: given.accountScope },
  deadlineRules: { zone: deadline.timeZone, holidays: deadline.holidays },
});

export const lifecyclePolicy = async () => policyOf(await settings());
