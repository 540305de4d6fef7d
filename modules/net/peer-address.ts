import { lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** The peer is this machine, or a service of its own network such as a cloud's metadata. */
export class ForbiddenAddressError extends Error {
  override readonly name = 'ForbiddenAddressError';
}

/** Addresses that are never an Engine or a Portal. IPv4 rules also match IPv4-mapped IPv6 addresses. */
const FORBIDDEN = /* @__PURE__ */ blockList([
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '::/96', // unspecified, ::1, and the old IPv4-compatible form
  'fe80::/10',
  'fd00:ec2::/32', // metadata and other services of AWS
  '64:ff9b::7f00:0/104', // loopback and link-local behind NAT64
  '64:ff9b::a9fe:0/112',
]);

function blockList(subnets: readonly string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [address, prefix] = subnet.split('/') as [string, string];
    list.addSubnet(address, Number(prefix), isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}

/** True for an IP address that must not get a password. */
export function isForbidden(address: string): boolean {
  const [plain = ''] = address.split('%'); // without the zone
  return FORBIDDEN.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4');
}

/**
 * Resolves a name once, for the connection that follows. It refuses a name if any of its addresses is forbidden. Other
 * spellings of an address (`2130706433`, `0177.1`) are resolved here, too.
 */
export const lookUpGuarded: LookupFunction = (hostname, options, done) => {
  lookup(hostname, { ...options, all: true }, (error, found) => {
    if (error) return done(error, '', 0);
    if (found.some(({ address }) => isForbidden(address))) return done(new ForbiddenAddressError(), '', 0);
    if (options.all) return done(null, found);
    done(null, found[0]!.address, found[0]!.family);
  });
};
