import { pause } from '../../modules/common/adapters/sleep.ts';
import { engineWebApi } from '../../modules/engines/adapters/engine-web-api.ts';
import { type ListEnginesRights, listEnginesApi } from '../../modules/engines/adapters/list-engines-api.ts';
import { namedEngines } from '../../modules/engines/federation.ts';
import { ClientSecret } from '../../modules/engines/settings.ts';
import { Login } from '../../modules/requests/start-body.ts';
import { policyOf, settings, trustOf } from './documents.ts';
import { clock, environment, type Handler, log } from './environment.ts';
import { readChecked } from './secrets.ts';
import type { Settings } from './settings.ts';
import { countCall, lastRedirection } from './tables.ts';

/** Access to Portal and Engines, and the operator's settings. */
export async function nexthink() {
  const given = await settings();
  const { serviceAccount, portalApi, federation, engines, engineDefaults, noLicence, ...others } = given;
  const { allowLoopback, callerLimits, audit: _audit, ...limits } = others;
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
    given,
    outside: {
      countCall: countCall(),
      lastRedirection: lastRedirection(),
      portalApi: portalApi
        ? listEnginesApi({ ...outside, ...portalApi, engines, auth: withSecret(portalApi.auth) })
        : namedEngines(engines),
      engineApi,
      federation: federation ?? (portalApi ? undefined : Object.keys(engines)),
      ...(serviceAccount && { serviceAccount: () => serviceLogin(serviceAccount.secretId) }),
    },
    limits,
    policy: { ...policyOf(given), callerLimits },
  };
}

type Access = Awaited<ReturnType<typeof nexthink>>;

/** A handler that is made for each call and talks to Portal and Engines; its connections are closed after the call. */
export const withNexthink =
  <E, R>(make: (access: Access) => Handler<E, R> | Promise<Handler<E, R>>): Handler<E, R> =>
  async (event, context) => {
    const access = await nexthink();
    try {
      return await (await make(access))(event, context);
    } finally {
      await access.outside.engineApi.close();
    }
  };

/** Read at each use, so that a new password works at once. */
const serviceLogin = (secretId: string) => readChecked(Login, 'secret of the service account', secretId);

function withSecret(auth: NonNullable<Settings['portalApi']>['auth']): ListEnginesRights {
  if (auth.mode === 'basic') return auth;
  const secret = () => readChecked(ClientSecret, 'secret of the List Engines API', auth.secretId);
  return { ...auth, clientSecret: async () => (await secret()).clientSecret };
}
