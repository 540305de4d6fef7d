import { readFileSync } from 'node:fs';
import { SimulatorOptionError } from './option-error.ts';
import type { GivenPeople } from './world/given-people.ts';

const COLUMNS = ['user', 'domain', 'full name', 'device', 'platform', 'engines'];

/**
 * Reads people to simulate. JSON is as `GivenPeople`; CSV has the columns `user,domain,full name,device,platform,engines`, of which
 * `user` is needed, and a line for each device that a user works on.
 * @throws {SimulatorOptionError} the file cannot be read, or is neither
 */
export function readPeopleFile(path: string): GivenPeople {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    throw new SimulatorOptionError(`people: ${path} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  if (!/^\s*[{[]/.test(text)) return readLines(text, path);
  try {
    return JSON.parse(text) as GivenPeople; // checked when the people are made
  } catch (error) {
    throw new SimulatorOptionError(`people: ${path} is no JSON: ${(error as Error).message}`);
  }
}

function readLines(text: string, path: string): GivenPeople {
  const [header = '', ...lines] = text.split(/\r?\n/);
  const columns = header.split(',').map((column) => column.trim().toLowerCase());
  const odd = columns.find((column) => !COLUMNS.includes(column));
  if (!columns.includes('user') || odd !== undefined)
    throw new SimulatorOptionError(
      `people: line 1 of ${path} holds columns of ${COLUMNS.join(',')}, with user among them`,
    );
  const users = new Map<string, { name: string; fullName?: string; devices: string[] }>();
  const devices = new Map<string, GivenPeople['devices'][number]>();
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const cells = line.split(',').map((cell) => cell.trim());
    if (cells.length !== columns.length || line.includes('"'))
      throw new SimulatorOptionError(
        `people: line ${index + 2} of ${path} has ${cells.length} cells, not ${columns.length}; quotes are not read`,
      );
    const cell = (column: string) => cells[columns.indexOf(column)] || undefined;
    const login = cell('user');
    if (login === undefined) throw new SimulatorOptionError(`people: line ${index + 2} of ${path} has no user`);
    const name = cell('domain') ? `${login}@${cell('domain')}` : login;
    const fullName = cell('full name');
    const user = users.get(name) ?? { name, ...(fullName && { fullName }), devices: [] };
    users.set(name, user);
    const device = cell('device');
    if (device === undefined) continue;
    user.devices.push(device);
    const platform = cell('platform') as 'windows' | undefined;
    const engines = cell('engines')?.split(/[ ;]+/).map(Number);
    const before = devices.get(device);
    devices.set(device, { name: device, ...before, ...(platform && { platform }), ...(engines && { engines }) });
  }
  return { users: [...users.values()], devices: [...devices.values()] };
}
