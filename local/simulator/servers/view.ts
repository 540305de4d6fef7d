import type { EventTable } from '../world/events.ts';

/** View domain of an account: the rows of users and devices that it may see. */
export interface View {
  readonly user: ReadonlySet<number>;
  readonly device: ReadonlySet<number>;
}

/**
 * A view domain that leaves out every second device, THE sample Mac among them, and every third user, but not the
 * sample user and the twin.
 * @param users how many users the Engine knows
 * @param devices how many devices it knows
 */
export const narrowView = (users: number, devices: number): View => ({
  user: new Set(Array.from({ length: users }, (_, row) => row).filter((row) => row < 2 || row % 3 !== 0)),
  device: new Set(Array.from({ length: devices }, (_, row) => row).filter((row) => row % 2 === 0)),
});

/** True for an object that is no user or device, or is in view. */
export const seesObject = (view: View | undefined, table: string, row: number): boolean =>
  view === undefined || (table !== 'user' && table !== 'device') || view[table].has(row);

/** True for an event whose device is in view, and whose user is too, if it has one. */
export const seesEvent = (view: View | undefined, { columns }: EventTable, row: number): boolean =>
  view === undefined ||
  (view.device.has(columns.device[row]!) && (columns.user[row]! < 0 || view.user.has(columns.user[row]!)));
