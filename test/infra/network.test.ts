import { describe, expect, it } from 'vitest';
import { ACCESS } from '../../infra/constructs/grant-access.ts';
import { callsCompany } from '../../infra/constructs/network.ts';
import { FUNCTIONS, templatesOf } from './synthesize.ts';

const NETWORK = {
  vpcId: 'vpc-0123456789abcdef0',
  subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
  egress: [
    { to: 'Engines', cidr: '10.20.0.0/16', ports: [1671, 443] },
    { to: 'Portal database', cidr: '10.10.0.11/32', ports: [5432] },
  ],
  endpoints: ['gateway' as const, 'interface' as const],
  routeTableIds: ['rtb-0123456789abcdef0'],
  prefixListIds: ['pl-0123456789abcdef0'],
};
const INSIDE = [
  'anonymize-portal',
  'check-removals',
  'close-request',
  'deliver-notices',
  'doctor',
  'maintain-portal',
  'open-request',
  'prepare-engines',
  'preview',
  'process-tickets',
  'query-engine',
  'query-portal',
  'rerun-missing',
  'scan-sentinel',
  'start',
  'sweep',
  'verify-portal',
];

const made = (network: object) => templatesOf({ network: { ...NETWORK, ...network } }).service;
const inVpc = (service: ReturnType<typeof made>) =>
  Object.entries(service.findResources('AWS::Lambda::Function'))
    .filter(([, { Properties }]) => Properties.VpcConfig)
    .map(([id]) => FUNCTIONS.find((name) => id.startsWith(`${name.replaceAll('-', '')}Function`))!)
    .sort();

describe("the company's network (R25, R33)", () => {
  const service = made({});

  it('holds the functions that call Engines, Portal, Portal database or tickets, and no other', () => {
    expect(FUNCTIONS.filter((name) => callsCompany(ACCESS[name]!)).sort()).toEqual(INSIDE);
    expect(inVpc(service)).toEqual(INSIDE);
    expect(inVpc(made({ inside: 'all' }))).toHaveLength(FUNCTIONS.length);
  });

  it('takes subnets by their ids, and lets out what the file names', () => {
    const [fn] = Object.values(
      service.findResources('AWS::Lambda::Function', { Properties: { Timeout: 900, MemorySize: 1769 } }),
    );
    expect(fn!.Properties.VpcConfig.SubnetIds).toEqual(NETWORK.subnetIds);
    const groups = Object.values(service.findResources('AWS::EC2::SecurityGroup'));
    const ways = groups
      .flatMap(({ Properties }) => Properties.SecurityGroupEgress ?? [])
      .map(({ CidrIp, FromPort, ToPort }) => [CidrIp, FromPort, ToPort]);
    expect(ways).toContainEqual(['10.20.0.0/16', 1671, 1671]);
    expect(ways).toContainEqual(['10.20.0.0/16', 443, 443]);
    expect(ways).toContainEqual(['10.10.0.11/32', 5432, 5432]);
    expect(ways.filter(([cidr]) => cidr === '0.0.0.0/0')).toEqual([]);
    service.hasResourceProperties('AWS::EC2::SecurityGroupEgress', { DestinationPrefixListId: 'pl-0123456789abcdef0' });
  });

  it('makes endpoints in place of a way to the internet, as many as the file wants', () => {
    const kinds = (template: typeof service) =>
      Object.values(template.findResources('AWS::EC2::VPCEndpoint')).map(
        ({ Properties }) => Properties.VpcEndpointType,
      );
    expect(kinds(service).sort()).toEqual(['Gateway', 'Gateway', 'Interface', 'Interface', 'Interface', 'Interface']);
    expect(kinds(made({ endpoints: [] }))).toEqual([]);
  });

  it("takes the company's security groups as they are", () => {
    const own = made({ securityGroupIds: ['sg-0123456789abcdef0'], egress: [], endpoints: [] });
    own.resourceCountIs('AWS::EC2::SecurityGroup', 0);
    own.resourceCountIs('AWS::EC2::SecurityGroupEgress', 0);
    expect(JSON.stringify(own.findResources('AWS::Lambda::Function'))).toContain('sg-0123456789abcdef0');
  });
});
