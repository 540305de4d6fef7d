import { lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** The peer is this machine, or a service of the machine's own network such as a cloud's metadata. */
export class ForbiddenAddressError extends Error {
  override readonly name = 'ForbiddenAddressError';
}

/** Where no Engine and no Portal is; IPv4 rules count for their IPv4-mapped IPv6 form, too. */
const NOBODY_THERE = /* @__PURE__ */ blockList([
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

/** True for an IP address to which no password may go. */
export function isForbidden(address: string): boolean {
  const [plain = ''] = address.split('%'); // without the zone
  return NOBODY_THERE.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4');
}

/**
 * Resolves a name once, for the connection that follows; a name of which any address is forbidden is refused. Other
 * spellings of an address (`2130706433`, `0177.1`) come through here as well, and out as what they mean.
 */
export const lookUpGuarded: LookupFunction = (hostname, options, done) => {
  lookup(hostname, { ...options, all: true }, (error, found) => {
    if (error) return done(error, '', 0);
    if (found.some(({ address }) => isForbidden(address))) return done(new ForbiddenAddressError(), '', 0);
    if (options.all) return done(null, found);
    done(null, found[0]!.address, found[0]!.family);
  });
};
