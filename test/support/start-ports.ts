import { LoginRefusedError } from '../../modules/engines/errors.ts';
import type { StartAboutSubjectPorts } from '../../modules/lifecycle/start-request.ts';
import type { Login } from '../../modules/requests/start-body.ts';
import {
  anEngine,
  memoryLeases,
  memoryRequests,
  memorySubjects,
  memoryVault,
  plainMacs,
  scriptedEngine,
  silentLog,
} from './fakes.ts';

/** What starting a Request needs, in memory: one Engine, and one password that is right. */
export const startPorts = (password: string): StartAboutSubjectPorts => ({
  requests: memoryRequests(),
  vault: memoryVault(),
  subjects: memorySubjects(),
  macs: plainMacs,
  engineApi: scriptedEngine(() => 'id\n'),
  leases: memoryLeases(),
  pause: async () => {},
  portalApi: {
    checksLogin: true,
    listEngines: async (login: Login) => {
      if (login.password !== password) throw new LoginRefusedError();
      return [anEngine('engine-1')];
    },
  },
  executions: { start: async () => {}, stop: async () => {} },
  federation: undefined,
  clock: { now: () => new Date() },
  log: silentLog,
  newKey: () => 'a2V5',
});
