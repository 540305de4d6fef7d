import { Stack, Validations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { FunctionOptions } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Network } from '../config.ts';
import type { Access } from './grant-access.ts';

const HTTPS = ec2.Port.tcp(443);
/** Services that functions inside call, besides S3 and DynamoDB; `events` for the bus alone. */
const INTERFACES = ['kms', 'secretsmanager', 'states', 'events'] as const;

type Inside = Required<Pick<FunctionOptions, 'vpc' | 'vpcSubnets' | 'securityGroups'>>;

/** Whether a function calls Engines, Portal or Portal database, by its rights. */
export const callsCompany = ({ portalRole, purposes = [], sealed = [], also = [] }: Access): boolean =>
  portalRole !== undefined ||
  also.some((right) => right === 'portalApiSecret' || right === 'ticketSecrets') ||
  (purposes.includes('login') && sealed.includes('get'));

/** The company's network, by the ids of the file: a security group with the named ways out, and the endpoints that are wanted. */
export function insideOf(stack: Construct, network: Network): Inside {
  const scope = new Construct(stack, 'Network');
  const vpc = ec2.Vpc.fromVpcAttributes(scope, 'Vpc', { vpcId: network.vpcId, availabilityZones: ['unknown'] });
  const subnets = network.subnetIds.map((id) => ec2.Subnet.fromSubnetId(scope, id, id));
  for (const subnet of subnets)
    Validations.of(subnet).acknowledge({
      id: '@aws-cdk/aws-ec2:noSubnetRouteTableId',
      reason: 'nobody asks a subnet for its route table: the file names them',
    });
  const groups = network.securityGroupIds?.map((id) =>
    ec2.SecurityGroup.fromSecurityGroupId(scope, id, id, { mutable: false }),
  );
  const securityGroups = groups ?? [ownGroup(scope, vpc, network)];
  addEndpoints(scope, network, vpc, securityGroups);
  return { vpc, vpcSubnets: { subnets }, securityGroups };
}

function ownGroup(scope: Construct, vpc: ec2.IVpc, { egress, prefixListIds }: Network): ec2.SecurityGroup {
  const description = 'Functions of nexthink-gdpr: the ways out that gdpr.config.json names';
  const group = new ec2.SecurityGroup(scope, 'Functions', { vpc, description, allowAllOutbound: false });
  for (const { to, cidr, ports } of egress)
    for (const port of ports) group.addEgressRule(ec2.Peer.ipv4(cidr), ec2.Port.tcp(port), to);
  for (const id of prefixListIds) group.addEgressRule(ec2.Peer.prefixList(id), HTTPS, 'S3 and DynamoDB');
  return group;
}

function addEndpoints(scope: Construct, network: Network, vpc: ec2.IVpc, callers: readonly ec2.ISecurityGroup[]): void {
  const { endpoints, vpcId, routeTableIds, subnetIds } = network;
  const add = (service: string, vpcEndpointType: 'Gateway' | 'Interface', props: Partial<ec2.CfnVPCEndpointProps>) => {
    const serviceName = `com.amazonaws.${Stack.of(scope).region}.${service}`;
    new ec2.CfnVPCEndpoint(scope, service, { vpcId, serviceName, vpcEndpointType, ...props });
  };
  for (const service of endpoints.includes('gateway') ? ['s3', 'dynamodb'] : [])
    add(service, 'Gateway', { routeTableIds: [...routeTableIds] });
  if (!endpoints.includes('interface')) return;
  const description = 'Endpoints of AWS services for the functions of nexthink-gdpr';
  const group = new ec2.SecurityGroup(scope, 'Endpoints', { vpc, description, allowAllOutbound: false });
  for (const caller of callers) {
    group.addIngressRule(caller, HTTPS, 'functions of nexthink-gdpr');
    caller.addEgressRule(group, HTTPS, 'endpoints of AWS services');
  }
  const place = { subnetIds: [...subnetIds], securityGroupIds: [group.securityGroupId], privateDnsEnabled: true };
  for (const service of INTERFACES) add(service, 'Interface', place);
}
