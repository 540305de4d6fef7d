import type { Cell } from './cells.ts';
import { TABLES } from './data-model.ts';
import { DYNAMIC_FIELDS, drawDynamic } from './dynamic-fields.ts';
import type { ObjectDraft } from './objects.ts';
import type { People, Platform } from './people.ts';
import { scatter } from './random.ts';

/** How many objects of each kind an Engine knows per platform. */
const SIZES: Readonly<Record<string, number>> = {
  application: 20,
  executable: 30,
  binary: 40,
  package: 40,
  port: 15,
  destination: 40,
  domain: 30,
  url_path: 25,
  printer: 6,
  service: 5,
};

/** Object tables besides users and devices. */
export const CATALOG_TABLES: readonly string[] = Object.keys(SIZES);

/** Number of objects per platform of one catalogue table. */
export const catalogSize = (table: string): number => SIZES[table]!;

/** The executable a binary is a build of, the application an executable belongs to: numbers within their platform. */
export const parentOf = (table: 'executable' | 'application', child: number): number => child % SIZES[table]!;

const FIRST = ['Orbit', 'Cedar', 'Quill', 'Harbor', 'Lumen', 'Tundra', 'Pixel', 'Nimbus'];
const SECOND = ['Mail', 'Ledger', 'Notes', 'Draw', 'Meet', 'Vault', 'Flow'];

const applicationName = (index: number): string => `${FIRST[index % 8]} ${SECOND[index % 7]} ${index}`;

function executableName(index: number, platform: Platform): string {
  const name = applicationName(parentOf('application', index));
  return platform === 'windows' ? `${name.toLowerCase().replaceAll(' ', '')}-${index}.exe` : `${name} Helper ${index}`;
}

/** Drafts of every object of a catalogue table, all of one platform before the next. */
export function draftCatalog(table: string, people: People, seed: number): ObjectDraft[] {
  return TABLES.get(table)!.platforms.flatMap((platform) =>
    Array.from({ length: SIZES[table]! }, (_, index) => ({
      platforms: [platform],
      cells: catalogCells(table, index, platform, people),
      ...(DYNAMIC_FIELDS[table] && { dynamic: drawDynamic(DYNAMIC_FIELDS, table, seed, index) }),
    })),
  );
}

function catalogCells(table: string, index: number, platform: Platform, people: People): Record<string, Cell> {
  switch (table) {
    case 'application':
      return { name: applicationName(index) };
    case 'executable':
      return {
        name: executableName(index, platform),
        application_name: applicationName(parentOf('application', index)),
      };
    case 'binary': {
      const executable = parentOf('executable', index);
      const application = applicationName(parentOf('application', executable));
      const file = executableName(executable, platform);
      return {
        executable_name: file,
        application_name: application,
        paths: binaryPaths(index, file, platform, people),
      };
    }
    case 'package':
      return { name: `${applicationName(index)} Setup`, version: `${1 + (index % 9)}.${index % 4}` };
    case 'port':
      return { port_number: [443, 80, 53, 993, 3389][index] ?? 8000 + index, type: index === 2 ? 'udp' : 'tcp' };
    case 'destination':
      return { name: `srv-${index}.corp.example`, ip_address: `192.0.2.${index + 1}` };
    case 'domain':
      return { name: index % 5 === 0 ? `bücher-${index}.example` : `site-${index}.example` };
    case 'url_path':
      return { path: `/people/${scatter(77, index) % 900}/view?tab=a,b&q="${index}"` };
    case 'printer':
      return { name: `PRN-${10 + index}`, location: `Floor ${index % 3}, east wing` };
    default:
      return { name: `Service ${index + 1}` };
  }
}

/** Each fourth binary lies in the profile folder of a user too: a path may hold a logon name. */
function binaryPaths(index: number, file: string, platform: Platform, people: People): string[] {
  const { name } = people.users[((index / 4) % people.users.length) | 0]!;
  const common = platform === 'windows' ? `C:\\Program Files\\${file}` : `/Applications/${file}`;
  if (index % 4 !== 0) return [common];
  return [
    common,
    platform === 'windows' ? `C:\\Users\\${name}\\AppData\\Local\\${file}` : `/Users/${name}/bin/${file}`,
  ];
}
