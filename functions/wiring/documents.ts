import { policyOf } from '../../modules/lifecycle/policy.ts';
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

export const lifecyclePolicy = async () => policyOf(await settings());
