import type { Json } from '../support/permissions/policies.ts';

/** Types of resources that hold something, with the properties whose change makes CloudFormation put another one in their place. */
const STATEFUL: Readonly<Record<string, readonly string[]>> = {
  'AWS::DynamoDB::Table': ['TableName', 'KeySchema', 'LocalSecondaryIndexes'],
  'AWS::S3::Bucket': ['BucketName'],
  'AWS::KMS::Key': ['KeySpec', 'KeyUsage', 'MultiRegion'],
  'AWS::Cognito::UserPool': ['AliasAttributes', 'UsernameAttributes', 'UsernameConfiguration', 'Schema'],
  'AWS::Logs::LogGroup': ['LogGroupName'],
  'AWS::StepFunctions::StateMachine': ['StateMachineName', 'StateMachineType'],
};

/** What of a template must survive an upgrade. */
export interface TemplateFacts {
  readonly resources: Readonly<Record<string, { type: string; kept: unknown; deletion?: string; indexes?: string[] }>>;
  /** Names that another stack imports: an update cannot take away what is in use. */
  readonly exports: readonly string[];
}

export function factsOf({ Resources, Outputs = {} }: Json): TemplateFacts {
  const stateful = Object.entries<Json>(Resources).filter(([, { Type }]) => STATEFUL[Type]);
  const resources = stateful.map(([id, { Type: type, Properties = {}, DeletionPolicy: deletion }]) => {
    const kept = Object.fromEntries(
      STATEFUL[type]!.flatMap((name) => (name in Properties ? [[name, Properties[name]]] : [])),
    );
    const indexes = Properties.GlobalSecondaryIndexes?.map(({ IndexName }: Json) => IndexName).sort();
    return [id, { type, kept, ...(deletion && { deletion }), ...(indexes && { indexes }) }] as const;
  });
  const names = Object.values<Json>(Outputs).flatMap(({ Export }) => (Export ? [JSON.stringify(Export.Name)] : []));
  return { resources: Object.fromEntries(resources), exports: names.sort() };
}

/** What CloudFormation would refuse, or lose, on the way from one template to the next. */
export function faultsBetween(before: TemplateFacts, after: TemplateFacts): string[] {
  return [
    ...before.exports.filter((name) => !after.exports.includes(name)).map((name) => `the export ${name} is gone`),
    ...Object.entries(before.resources).flatMap(([id, { type, kept, deletion, indexes = [] }]) => {
      const next = after.resources[id];
      if (next?.type !== type) return [`${id} (${type}) is gone`];
      const others = [...indexes, ...(next.indexes ?? [])].filter(
        (name) => !(indexes.includes(name) && next.indexes?.includes(name)),
      );
      return [
        ...(JSON.stringify(next.kept) === JSON.stringify(kept) ? [] : [`${id} (${type}) is replaced`]),
        ...(deletion === next.deletion ? [] : [`${id} (${type}) has another deletion policy`]),
        ...(others.length > 1 ? [`${id} changes ${others.length} indexes in one update: ${others.join(', ')}`] : []),
      ];
    }),
  ];
}
