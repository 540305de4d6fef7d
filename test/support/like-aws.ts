import { AWS_LIMITS, type AwsLimits, type TemplateVariables } from '../../local/aws/limits/limits.ts';
import { functionEnvironment } from '../../local/environment.ts';
import { FUNCTIONS, templatesOf } from '../infra/synthesize.ts';
import { mayCall } from './permissions/contract.ts';
import type { Json } from './permissions/policies.ts';

/** Access key of a machine, its role, and what that may do. */
export const MACHINE_KEY = 'MACHINE';
const MACHINE_ROLE = 'arn:aws:iam::000000000000:role/intranet';

/** How much later an index shows a write. */
const LAG_MS = 300;

/** Every limit of AWS that the stand-ins know, with policies and variables as the templates give them. */
export function likeAws(changes: Partial<AwsLimits> = {}): AwsLimits {
  const { data, service } = templatesOf({ api: { machines: { [MACHINE_ROLE]: ['gdpr.read', 'gdpr.retrieve'] } } });
  const templates = { data: data.toJSON(), service: service.toJSON() };
  const nowhere = { objects: '', tables: '', keysAndSecrets: '', stepFunctions: '' };
  const stage = { stack: 'test-service', secrets: 'test' };
  return {
    ...AWS_LIMITS,
    indexLagMs: LAG_MS,
    gatewayScopes: true,
    signers: { [MACHINE_KEY]: MACHINE_ROLE },
    mayCall: mayCall(templates, FUNCTIONS, functionEnvironment(nowhere), stage),
    lambda: { variables: Object.fromEntries(FUNCTIONS.map((name) => [name, variablesOf(templates.service, name)])) },
    ...changes,
  };
}

function variablesOf({ Resources }: Json, name: string): TemplateVariables {
  const [, found] = Object.entries<Json>(Resources).find(
    ([id, { Type }]) => Type === 'AWS::Lambda::Function' && id.startsWith(`${name.replaceAll('-', '')}Function`),
  )!;
  return found.Properties.Environment.Variables;
}
