import { Stack, Validations } from 'aws-cdk-lib';
import {
  CfnVPCEndpoint,
  type CfnVPCEndpointProps,
  type ISecurityGroup,
  type ISubnet,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
  Subnet,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { Network } from '../config.ts';
import type { Access } from './grant-access.ts';

const HTTPS = Port.tcp(443);
/** Services that functions inside call, besides S3 and DynamoDB; `events` for the bus alone. */
const INTERFACES = ['kms', 'secretsmanager', 'states', 'events'] as const;

/** Where functions inside the company's network run. */
export interface Inside {
  readonly vpc: IVpc;
  readonly vpcSubnets: { readonly subnets: ISubnet[] };
  readonly securityGroups: ISecurityGroup[];
}

/** Whether a function calls Engines, Portal or Portal database, by its rights. */
export const callsCompany = ({ portalRole, purposes = [], sealed = [], also = [] }: Access): boolean =>
  portalRole !== undefined ||
  also.some((right) => right === 'portalApiSecret' || right === 'ticketSecrets') ||
  (purposes.includes('login') && sealed.includes('get'));

/** The company's network, by the ids of the file: a security group with the named ways out, and the endpoints that are wanted. */
export function insideOf(stack: Construct, network: Network): Inside {
  const scope = new Construct(stack, 'Network');
  const vpc = Vpc.fromVpcAttributes(scope, 'Vpc', { vpcId: network.vpcId, availabilityZones: ['unknown'] });
  const subnets = network.subnetIds.map((id) => Subnet.fromSubnetId(scope, id, id));
  for (const subnet of subnets)
    Validations.of(subnet).acknowledge({
      id: '@aws-cdk/aws-ec2:noSubnetRouteTableId',
      reason: 'nobody asks a subnet for its route table: the file names them',
    });
  const groups = network.securityGroupIds?.map((id) =>
    SecurityGroup.fromSecurityGroupId(scope, id, id, { mutable: false }),
  );
  const securityGroups = groups ?? [ownGroup(scope, vpc, network)];
  addEndpoints(scope, network, vpc, securityGroups);
  return { vpc, vpcSubnets: { subnets }, securityGroups };
}

function ownGroup(scope: Construct, vpc: IVpc, { egress, prefixListIds }: Network): SecurityGroup {
  const description = 'Functions of nexthink-gdpr: the ways out that gdpr.config.json names';
  const group = new SecurityGroup(scope, 'Functions', { vpc, description, allowAllOutbound: false });
  for (const { to, cidr, ports } of egress)
    for (const port of ports) group.addEgressRule(Peer.ipv4(cidr), Port.tcp(port), to);
  for (const id of prefixListIds) group.addEgressRule(Peer.prefixList(id), HTTPS, 'S3 and DynamoDB');
  return group;
}

function addEndpoints(scope: Construct, network: Network, vpc: IVpc, callers: readonly ISecurityGroup[]): void {
  const { endpoints, vpcId, routeTableIds, subnetIds } = network;
  const add = (service: string, vpcEndpointType: 'Gateway' | 'Interface', props: Partial<CfnVPCEndpointProps>) => {
    const serviceName = `com.amazonaws.${Stack.of(scope).region}.${service}`;
    new CfnVPCEndpoint(scope, service, { vpcId, serviceName, vpcEndpointType, ...props });
  };
  for (const service of endpoints.includes('gateway') ? ['s3', 'dynamodb'] : [])
    add(service, 'Gateway', { routeTableIds: [...routeTableIds] });
  if (!endpoints.includes('interface')) return;
  const description = 'Endpoints of AWS services for the functions of nexthink-gdpr';
  const group = new SecurityGroup(scope, 'Endpoints', { vpc, description, allowAllOutbound: false });
  for (const caller of callers) {
    group.addIngressRule(caller, HTTPS, 'functions of nexthink-gdpr');
    caller.addEgressRule(group, HTTPS, 'endpoints of AWS services');
  }
  const place = { subnetIds: [...subnetIds], securityGroupIds: [group.securityGroupId], privateDnsEnabled: true };
  for (const service of INTERFACES) add(service, 'Interface', place);
}
