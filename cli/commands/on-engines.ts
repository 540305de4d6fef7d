import type { DeviceView } from '../../client/types.ts';
import type { ConnectionOptions } from '../connection.ts';
import { show, tableLines, warn } from '../output.ts';
import { type CaseOptions, caseOf, Verb } from '../verb.ts';

const STEPS: Readonly<Record<DeviceView['engines'][number]['open'][number], string>> = {
  'uninstall-collector': 'Uninstall the Collector on the device, or the device comes back',
  'set-storage-to-remove': 'In the Finder, with administrative rights, edit the device: Storage = remove',
  'wait-24-hours': 'Wait until it has not been active for 24 hours, then check: gdpr device gone NAME',
};
const EXITS = {
  3: 'an Engine did not answer, or the view may be restricted: it may be there',
  4: 'an Engine holds it',
} as const;

const looking = (name: string, about: string) =>
  new Verb(name, about).argument('<NAME>', 'the device, as the Finder shows it').withLogin().withLocal();

const where = looking('where', 'Show which Engines hold a device, who uses it, and the steps by hand that remove it.')
  .withCase()
  .addHelpText('after', '\nWith --reference this starts a removal: the system checks until the device is gone.')
  .example('gdpr device where LT-101 --reference CASE-7', { 0: 'an Engine holds it', 3: EXITS[3], 5: 'none holds it' })
  .calls<ConnectionOptions & CaseOptions, [string]>(
    async ({ connection: { api, ask, login }, json, ...given }, name) => {
      const body = { name, login: await login() };
      let view = await ask('findDevice', { body });
      const isKept = view.requestIds.length > 0 || view.engines.every(({ state }) => state === 'ABSENT');
      if (given.reference !== undefined && view.requestIds.length > 0)
        warn('No request was started: there is already an open removal of this device');
      if (given.reference !== undefined && !isKept) {
        const subject = { kind: 'device', name } as const;
        await api.startRequest({ kind: 'remove', subject, login: body.login, ...caseOf(given) });
        view = await ask('findDevice', { body });
      }
      return report(view, json, { HELD: 0, ABSENT: 5 });
    },
  );

const gone = looking('gone', 'Check whether a device is gone from every Engine, and note it in its open removals.')
  .example('gdpr device gone LT-101', { 0: 'it is gone from every Engine', ...EXITS })
  .calls<ConnectionOptions, [string]>(async ({ connection: { ask, login }, json }, name) => {
    const view = await ask('findDevice', { body: { name, login: await login() } });
    if (view.requestIds.length === 0)
      warn('No open removal has this name. Check the spelling: a misspelt name is on no Engine either');
    return report(view, json, { HELD: 4, ABSENT: 0 });
  });

/** `gdpr device where|gone NAME`: the removal of a device from the Engines, by hand (R28). */
export const device = new Verb('device', 'Remove a device from the Engines by hand.')
  .addCommand(where)
  .addCommand(gone);

/** @param codes exit codes when every Engine has answered */
function report(view: DeviceView, json: true | undefined, codes: Readonly<Record<'HELD' | 'ABSENT', number>>): number {
  const { engines, requestIds, nextCheckAt, accountScope } = view;
  const rows = engines.flatMap(({ name, state, devices }) => [
    ...(devices.length > 0 ? [] : [[name, state, '', '', '', '']]),
    ...devices.map(({ name: device, meant, lastSeen = '', storagePolicy = '', users }) => {
      const active = users ? `${users.length} ${users.join(', ')}` : '';
      return [name, state, meant ? device : `${device} (perhaps)`, lastSeen, storagePolicy, active];
    }),
  ]);
  const lines = tableLines([['ENGINE', 'STATE', 'DEVICE', 'LAST SEEN', 'STORAGE', 'USERS (30 DAYS)'], ...rows]);
  const steps = Object.entries(STEPS).map(([step, text], at) => {
    const open = engines.filter((engine) => (engine.open as readonly string[]).includes(step));
    return `${at + 1}. ${text}. ${open.length > 0 ? `Open: ${open.map(({ name }) => name).join(', ')}` : 'No Engine shows it as open.'}`;
  });
  const away = engines.filter(({ state }) => state === 'UNKNOWN');
  const isHeld = engines.some(({ state }) => state === 'HELD');
  const isGone = !isHeld && away.length === 0 && accountScope === 'attested';
  const how = isGone ? 'The device is gone. This ended' : 'Kept with';
  const kept = requestIds.map((requestId) => `${how} request ${requestId}`);
  show(json, view, [...lines, ...(isHeld ? steps : []), ...kept]);
  for (const { name, reason } of away) warn(`${name} could not be asked (${reason}): it may hold the device`);
  if (isHeld && requestIds.length > 0 && nextCheckAt === undefined)
    warn('Nothing checks by itself: no service account is set up (serviceAccount.secretId)');
  if (isHeld || away.length > 0 || isGone) return away.length > 0 ? 3 : codes[isHeld ? 'HELD' : 'ABSENT'];
  warn('It was not seen, but the view of the account may be restricted (accountScope): it may be there');
  return codes.ABSENT || 3;
}

/** `gdpr redirection`: whether Engines still receive clear names, and what to switch on (R29). */
export const redirection = new Verb(
  'redirection',
  'Show whether Engines receive clear names. It also names what to switch on.',
)
  .withLogin()
  .withLocal()
  .example('gdpr redirection', { 0: 'no clear name arrives', 1: 'clear names arrive', 3: 'unknown for an Engine' })
  .calls<ConnectionOptions>(async ({ connection: { ask, login }, json }) => {
    const view = await ask('measureRedirection', { body: { login: await login() } });
    const arriving = view.engines.flatMap(({ name, arriving }) => arriving.map((each) => ({ engine: name, ...each })));
    const rows = arriving.map(({ engine, names, now, changedAt = '', forms }) => {
      const seen = forms.map(({ form, rows, since, until }) => `${rows} ${form} ${since} to ${until}`);
      return [engine, names, now, changedAt, seen.join('; ')];
    });
    show(json, view, [
      ...tableLines([['ENGINE', 'NAMES', 'ARRIVE', 'CHANGED', 'NEWEST ROWS'], ...rows]),
      ...view.advice,
    ]);
    const away = view.engines.filter(({ reason }) => reason !== undefined);
    for (const { name, reason } of away) warn(`${name} could not be asked (${reason}): nothing is known of it`);
    if (view.advice.length > 0) return 1;
    return away.length > 0 || arriving.some(({ now }) => now === 'unknown') ? 3 : 0;
  });
