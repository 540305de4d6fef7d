import type { AwsCall } from '../../../local/aws/call-recorder.ts';
import { comparisonOf } from '../../../local/aws/iam-conditions.ts';
import { ACCOUNT, REGION } from '../../../local/aws/names.ts';
import { applies, isAllowed } from './evaluate.ts';
import { type Policies, readPolicies, type Statement, type Templates } from './policies.ts';

/** Names that the templates give and the stand-ins do not. */
interface Stage {
  /** Stack of the state machines. */
  readonly stack: string;
  /** First part of the names of secrets that settings.json names. */
  readonly secrets: string;
}

/** A call as it would be on AWS. */
const onAws = (call: AwsCall, { stack, secrets }: Stage): AwsCall => ({
  ...call,
  resource: call.resource
    .replace(/:(stateMachine|execution):/, `:$1:${stack}-`)
    .replace(/:secret:(?!portal\/)(.*)$/, `:secret:${secrets}/$1-AbCdEf`),
});

/** Whether a role of the templates may make a call of the stand-ins. @param environment of the functions there */
export function mayCall(
  templates: Templates,
  functions: readonly string[],
  environment: Readonly<Record<string, string>>,
  stage: Stage,
): (call: AwsCall) => boolean {
  const { roles, ofResources } = readPolicies(templates, functions, environment);
  return (call) => isAllowed(onAws(call, stage), roles.get(call.by) ?? [], ofResources);
}

const uuid = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const INDEX = /\/index\/.*/;
const KEYS = 'dynamodb:LeadingKeys';
/** Key of an item of a request: in the table of requests, or of sealed values. */
const OF_A_REQUEST = /^(REQ#|[0-9a-f]{8}-[0-9a-f-]{27}$)/;

/** A call without what differs from one request to the next: calls about the same thing are alike. */
function kindOf({ action, resource, context }: Omit<AwsCall, 'by'>): Omit<AwsCall, 'by'> {
  const [, bucket, key] = /^(arn:aws:s3:::[^/]+)\/([^/]+)/.exec(resource) ?? [];
  const shape = (text: string) => text.replaceAll(uuid, '<id>').replace(/^([A-Z]+)#.*/, '$1#<id>');
  return {
    action,
    resource: key
      ? `${bucket}/${key}/<id>`
      : shape(resource)
          .replace(/(:execution:[^:]+):.*/, '$1:<id>')
          .replace(/(:secret:(?!portal\/)[^/]+\/[^/]+)\/.*(-AbCdEf)$/, '$1$2'),
    context: Object.fromEntries(
      Object.entries(context)
        .filter(([name]) => name !== 'kms:EncryptionContext:requestId')
        // an index is not cut by keys: its partition keys are values of all requests
        .map(([name, values]) => [
          name,
          values.map(INDEX.test(resource) ? () => '<any>' : name === 's3:prefix' ? prefixOf : shape),
        ]),
    ),
  };
}
const prefixOf = (prefix: string) => (prefix.includes('/') ? `${prefix.split('/')[0]}/<id>` : prefix);

const item = (action: string, table: string, key: string) => ({
  action: `dynamodb:${action}`,
  resource: `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${table}`,
  context: { 'dynamodb:LeadingKeys': [key] },
});
/** Calls that nothing makes, and that no function may make. */
const PROBES: readonly Omit<AwsCall, 'by'>[] = [
  item('Scan', 'requests', 'x'),
  item('Scan', 'sealed', 'x'),
  ...['Scan', 'PutItem', 'UpdateItem', 'DeleteItem'].map((action) => item(action, 'audit', 'x')),
  { action: 's3:GetObject', resource: 'arn:aws:s3:::nexthink-gdpr/elsewhere/x', context: {} },
  { action: 's3:PutObject', resource: 'arn:aws:s3:::nexthink-gdpr/settings/x', context: {} },
  { action: 's3:ListBucket', resource: 'arn:aws:s3:::nexthink-gdpr', context: {} },
  { action: 's3:ListBucket', resource: 'arn:aws:s3:::nexthink-gdpr', context: { 's3:prefix': ['settings/'] } },
  ...['login', 'subject', 'mask', 'plan', 'nonce', 'doctor'].map((purpose) => ({
    action: 'kms:Decrypt',
    resource: `arn:aws:kms:${REGION}:${ACCOUNT}:key/seal`,
    context: {
      'kms:EncryptionContext:purpose': [purpose],
      'kms:EncryptionContextKeys': ['requestId', 'purpose', 'more'],
    },
  })),
];

export interface Findings {
  readonly denied: string[];
  readonly unused: string[];
  readonly unknown: readonly string[];
}

/** Compares calls and rights, both ways. Each finding begins with the name of the function. */
export class Contract {
  readonly #calls = new Map<string, AwsCall[]>();
  readonly #kinds = new Map<string, Omit<AwsCall, 'by'>>();
  readonly #made = new Map<string, Set<string>>();
  readonly #environment: Readonly<Record<string, string>>;

  /** @param environment of the functions of the recorded system */
  constructor(calls: readonly AwsCall[], environment: Readonly<Record<string, string>>, stage: Stage) {
    this.#environment = environment;
    for (const probe of PROBES) this.#kinds.set(JSON.stringify(probe), probe);
    for (const call of calls.map((each) => onAws(each, stage))) {
      const kind = kindOf(call);
      const text = JSON.stringify(kind);
      if (!call.missing) this.#kinds.set(text, kind);
      this.#calls.set(call.by, [...(this.#calls.get(call.by) ?? []), call]);
      this.#made.set(call.by, (this.#made.get(call.by) ?? new Set()).add(text));
    }
  }

  check(templates: Templates, functions: readonly string[]): Findings {
    const policies = readPolicies(templates, functions, this.#environment);
    const all = functions.map((name) => this.#checkOne(name, policies));
    const distinct = (found: readonly string[]) => [...new Set(found)].sort();
    return {
      denied: distinct(all.flatMap(({ denied }) => denied)),
      unused: distinct(all.flatMap(({ unused }) => unused)),
      unknown: policies.unknown,
    };
  }

  #checkOne(name: string, { roles, ofResources }: Policies) {
    const calls = this.#calls.get(name) ?? [];
    const role = roles.get(name)!;
    const denied = calls
      .filter((call) => !isAllowed(call, role, ofResources))
      .map((call) => `${name} ${call.missing ? 'reads what is not there, and may not list' : textOf(kindOf(call))}`);
    const written = role.flatMap((statement) => unusedIn(statement, calls).map((what) => `${name} ${what}`));
    // What a key refuses by itself is a second lock: the role must not open more than it needs without it either.
    const open = ofResources.filter(({ effect }) => effect === 'Allow');
    const wide = [...this.#kinds]
      .filter(([text, kind]) => !this.#does(name, text, kind) && isAllowed(kind, role, open))
      .map(([, kind]) => `${name} ${textOf(kind)}`);
    return { denied, unused: [...written, ...wide] };
  }

  /**
   * Whether a function does this, or what no policy can tell from it: an action on items of requests is for every item of its
   * table ("all keys but those" cannot be said), one on an index for all indexes.
   */
  #does(name: string, text: string, { action, resource }: Omit<AwsCall, 'by'>): boolean {
    if (this.#made.get(name)?.has(text)) return true;
    if (!action.startsWith('dynamodb:')) return false;
    const alike = (each: AwsCall) => each.resource.replace(INDEX, '/index/') === resource.replace(INDEX, '/index/');
    const calls = (this.#calls.get(name) ?? []).filter(alike);
    const onRequests = calls.some(({ context }) => (context[KEYS] ?? []).some((key) => OF_A_REQUEST.test(key)));
    const same = calls.filter((call) => call.action === action);
    if (INDEX.test(resource)) return same.length > 0;
    const bounded = resource.endsWith('/sealed')
      ? same.some(({ context }) => (context[KEYS] ?? []).some((key) => OF_A_REQUEST.test(key)))
      : same.length > 0;
    return onRequests && bounded;
  }
}

const textOf = ({ action, resource, context }: Omit<AwsCall, 'by'>): string => {
  const values = Object.entries(context).map(([name, given]) => `${name.split(':').at(-1)}=${given.join('+')}`);
  return [action, resource.replace(/^arn:aws:\w+:[\w-]*:\d*:/, ''), ...values].join(' ');
};

/** Actions, resources and values of conditions of a statement that no call needs. */
function unusedIn(statement: Statement, calls: readonly AwsCall[]): string[] {
  const { actions, resources, conditions } = statement;
  const served = (narrowed: Partial<Statement>) =>
    calls.filter((call) => !call.missing && applies({ ...statement, ...narrowed }, call));
  const pairs = actions.flatMap((action) => resources.map((resource) => [action, resource] as const));
  const unused = pairs
    .filter(
      ([action, resource]) => action.includes('*') || served({ actions: [action], resources: [resource] }).length === 0,
    )
    .map(([action, resource]) => `${action} on ${short(resource)}`);
  const values = conditions.flatMap(([operator, key, all]) =>
    all
      .filter(
        (value) =>
          !served({}).some(({ context }) => context[key]?.some((given) => comparisonOf(operator)!(value, given))),
      )
      .map((value) => `${actions} where ${key} is ${value}`),
  );
  return [...unused, ...values];
}

const short = (resource: string) => resource.replace(/^arn:aws:[\w]+:[\w-]*:\d*:/, '');
