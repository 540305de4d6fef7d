import * as z from 'zod';
import { InvalidInputError, ignoring } from '../common/errors.ts';
import type { Macs } from '../common/hmac.ts';
import type { ReadonlyDeep } from '../common/shapes.ts';
import type { CheckLoginPorts } from '../engines/check-account.ts';
import { DevicePlace, findDevices } from '../engines/find-devices.ts';
import { refuseEngineName, refuseName } from '../engines/nxql.ts';
import { type Caller, maySee } from '../requests/caller.ts';
import { WrongStateError } from '../requests/errors.ts';
import type { RequestRecord } from '../requests/record.ts';
import { isGone, Removal, removalAfter } from '../requests/removal.ts';
import { Login } from '../requests/start-body.ts';
import type { RequestPorts } from '../requests/store.ts';
import { canonicalSubject, recordsOf, type Subjects } from '../requests/subjects/subject-index.ts';
import type { Vault } from '../requests/vault.ts';
import type { LifecyclePolicy } from './policy.ts';
import type { ServiceAccountPorts } from './start-execution.ts';

/** Body of `POST /v1/devices/where`. */
export const DeviceBody = z.strictObject({ name: z.string(), login: Login });

/** Answer of `POST /v1/devices/where`. */
export const DeviceView = Removal.extend({
  engines: z.array(DevicePlace).describe('Every federated Engine'),
  requestIds: z.array(z.uuid()).describe('Open removals of this name, in which the check is noted without names'),
}).describe('Where a device is, and which steps by hand are open. Personal data: it is not stored');
type DeviceView = ReadonlyDeep<z.infer<typeof DeviceView>>;

export type NoteRemovalPorts = RequestPorts & ServiceAccountPorts & { readonly vault: Pick<Vault, 'wipe'> };

/**
 * Notes in a removal what a check has shown (R28). When the device is gone, the removal ends and its ticket gets a comment: as
 * `NOTHING_FOUND` when no check has ever found it. What an account of an unknown view does not see may still be there.
 * @throws {WrongStateError} it has ended meanwhile
 */
export async function noteCheck(
  { requestId, state, removal: before }: RequestRecord,
  places: readonly DevicePlace[],
  { removal: { everyHours, accountScope } }: Pick<LifecyclePolicy, 'removal'>,
  { requests, vault, clock, serviceAccount }: NoteRemovalPorts,
): Promise<Removal> {
  const nameless = places.map(({ devices: _devices, ...place }) => place);
  const hours = serviceAccount && everyHours;
  const removal = removalAfter(before?.engines ?? [], nameless, clock.now(), hours, accountScope);
  if (!isGone(removal)) await requests.note(requestId, { removal }, { state });
  else {
    const end = removal.engines.some(({ heldAt }) => heldAt !== undefined) ? 'COMPLETED' : 'NOTHING_FOUND';
    await requests.transition(requestId, end, { removal }, { state });
    await vault.wipe(requestId, ['subject']);
  }
  return removal;
}

/**
 * Where a device is now, and which steps by hand are open; noted in the open removals of this name that the caller may see.
 * @throws {InvalidInputError} or as `checkLogin`
 */
export async function whereIsDevice(
  { name, login }: z.infer<typeof DeviceBody>,
  caller: Caller,
  policy: Pick<LifecyclePolicy, 'account' | 'removal'>,
  ports: CheckLoginPorts & NoteRemovalPorts & { readonly subjects: Subjects; readonly macs: Macs },
): Promise<DeviceView> {
  const detail = refuseName(name) ?? refuseEngineName(name);
  if (detail) throw new InvalidInputError([{ pointer: '/name', detail }]);
  const [engines = []] = await findDevices([name], login, policy, ports);
  const mac = await ports.macs.of('subject', canonicalSubject({ kind: 'device', name }));
  const about = await recordsOf(await ports.subjects.requestsAbout(mac), ports.requests);
  const open = about.filter((record) => record.state === 'AWAITING_REMOVAL' && maySee(caller, record));
  const { accountScope } = policy.removal;
  let view: Omit<DeviceView, 'engines'> = { checkedAt: ports.clock.now().toISOString(), accountScope, requestIds: [] };
  for (const record of open) {
    const noted = await noteCheck(record, engines, policy, ports).catch(ignoring(WrongStateError)); // it has ended meanwhile
    if (noted) view = { ...noted, requestIds: [...view.requestIds, record.requestId] };
  }
  return { ...view, engines };
}
