import { pause } from '../../modules/common/adapters/sleep.ts';
import { engineWebApi } from '../../modules/engines/adapters/engine-web-api.ts';
import { type ListEnginesRights, listEnginesApi } from '../../modules/engines/adapters/list-engines-api.ts';
import { ClientSecret } from '../../modules/engines/settings.ts';
import { policyOf } from '../../modules/lifecycle/policy.ts';
import { Login } from '../../modules/requests/start-body.ts';
import { settings, trustOf } from './documents.ts';
import { clock, environment, log } from './environment.ts';
import { readChecked } from './secrets.ts';
import type { Settings } from './settings.ts';
import { callCounter } from './tables.ts';

/** Access to Portal and Engines, and the operator's settings. */
export async function nexthink() {
  const {
    serviceAccount,
    portalApi,
    federation,
    engines,
    engineDefaults,
    noLicence,
    audit: _audit,
    ...given
  } = await settings();
  const { allowLoopback, callerLimits, ...limits } = given;
  const outside = { allowLoopback, now: clock.now, log };
  const engineApi = engineWebApi({
    ...outside,
    addressOf: ({ name, address }) => ({
      host: engines[name]?.host ?? address,
      port: engines[name]?.port ?? engineDefaults.port,
      trust: trustOf({ engines, engineDefaults }, name),
      answerBytes: engines[name]?.answerBytes ?? engineDefaults.answerBytes,
    }),
    timeoutSeconds: environment().ENGINE_TIMEOUT_SECONDS,
    idleSeconds: engineDefaults.idleSeconds,
    marker: noLicence,
    pause,
    random: Math.random,
  });
  return {
    outside: {
      callCounter: callCounter(),
      portalApi: listEnginesApi({ ...outside, ...portalApi, engines, auth: withSecret(portalApi.auth) }),
      engineApi,
      federation,
      ...(serviceAccount && { serviceAccount: () => serviceLogin(serviceAccount.secretId) }),
    },
    limits,
    policy: { ...policyOf(limits), callerLimits },
  };
}

/** Read at each use, so that a new password works at once. */
const serviceLogin = (secretId: string) => readChecked(Login, 'secret of the service account', secretId);

function withSecret(auth: Settings['portalApi']['auth']): ListEnginesRights {
  if (auth.mode === 'basic') return auth;
  const secret = () => readChecked(ClientSecret, 'secret of the List Engines API', auth.secretId);
  return { ...auth, clientSecret: async () => (await secret()).clientSecret };
}
