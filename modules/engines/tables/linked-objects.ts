import type { EngineTable } from './engine-table.ts';

const COLUMNS = {
  application: {
    name: ['text', 'name of the product', 'keep'],
    company: ['text', 'maker of the product', 'keep'],
    description: ['text', 'what the product says of itself', 'keep'],
    known_packages: ['list', 'packages it came with', 'keep'],
  },
  executable: {
    name: ['text', 'file name of the program', 'keep'],
    application_name: ['text', 'product it belongs to', 'keep'],
    application_company: ['text', 'maker of that product', 'keep'],
    description: ['text', 'what the file says of itself', 'keep'],
    known_packages: ['list', 'packages it came with', 'keep'],
  },
  binary: {
    executable_name: ['text', 'file name of the program', 'keep'],
    application_name: ['text', 'product it belongs to', 'keep'],
    application_company: ['text', 'maker of that product', 'keep'],
    application_category: ['text', 'category of that product', 'keep'],
    company: ['text', 'maker, as named in the file', 'keep'],
    description: ['text', 'what the file says of itself', 'keep'],
    version: ['version', 'version of the file', 'keep'],
    architecture: ['keyword', 'processor it was built for', 'keep'],
    file_size: ['bytes', 'size of the file', 'keep'],
    hash: ['text', 'MD5 of the file', 'keep'],
    sha1: ['text', 'SHA-1 of the file', 'keep'],
    sha256: ['text', 'SHA-256 of the file', 'keep'],
    paths: ['list', 'where the file was found; a path may hold the name of a person', 'path'],
    threat_level: ['keyword', 'rating of the file', 'keep'],
    average_cpu_usage: ['per mille', 'processor use on average', 'keep'],
    average_memory_usage: ['bytes', 'memory use on average', 'keep'],
    average_number_of_graphical_handles: ['number', 'graphics handles on average', 'keep'],
  },
  package: {
    name: ['text', 'name of the package', 'keep'],
    program: ['text', 'program that the package belongs to', 'keep'],
    publisher: ['text', 'maker of the package', 'keep'],
    version: ['version', 'version of the package', 'keep'],
    type: ['keyword', 'program or update', 'keep'],
    status: ['keyword', 'installed or removed', 'keep'],
    first_installation: ['time', 'first installation that was seen', 'keep'],
    number_of_updates: ['number', 'updates of the program', 'keep'],
    windows_7_32bit_compatibility: ['text', 'whether it runs on 32-bit Windows 7', 'keep'],
    windows_7_64bit_compatibility: ['text', 'whether it runs on 64-bit Windows 7', 'keep'],
  },
  port: {
    port_number: ['number', 'TCP or UDP port', 'keep'],
    type: ['keyword', 'TCP or UDP', 'keep'],
  },
  destination: {
    name: ['text', 'host name of the destination', 'keep'],
    ip_address: ['address', 'its address', 'keep'],
  },
  domain: {
    name: ['text', 'domain in web requests', 'keep'],
    domain_category: ['text', 'category of the site', 'keep'],
    hosting_country: ['text', 'country where it is hosted', 'keep'],
    protocol: ['keyword', 'protocol', 'keep'],
    threat_level: ['keyword', 'rating of the domain', 'keep'],
    internal_domain: ['yes/no', "whether it is one of the company's own", 'keep'],
  },
  url_path: {
    path: ['text', 'path after the domain; may hold personal data', 'path'],
  },
  printer: {
    name: ['text', 'name of the printer', 'keep'],
    type: ['keyword', 'local, network, shared or virtual', 'keep'],
    location: ['text', 'place of the printer', 'keep'],
    model: ['text', 'its model', 'keep'],
  },
  service: { name: ['text', 'service that the administrators have defined', 'keep'] },
} as const satisfies Record<string, EngineTable['columns']>;
export type LinkedTable = keyof typeof COLUMNS;

/** Objects that events are linked to: software, places in the network, printers. Names of places stay: they tell what was used. */
export const LINKED_OBJECTS: Readonly<Record<string, EngineTable>> = Object.fromEntries(
  Object.entries(COLUMNS).map(([table, columns]) => [table, { columns }]),
);
