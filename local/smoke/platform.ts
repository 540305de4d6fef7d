import { type Check, checked, type Examination } from '../../modules/common/doctor.ts';
import { runLimited } from '../../modules/common/run-limited.ts';
import { TOOL_VERSION } from '../../modules/common/version.ts';
import type { Aws } from './aws.ts';
import { type KeyUse, keyFaults } from './key-checks.ts';
import type { Outputs } from './outputs.ts';

/** A system in the account that it was deployed to. */
export interface Deployed {
  readonly aws: Aws;
  /** `stage` of gdpr.config.json. */
  readonly stage: string;
  readonly outputs: Outputs;
}

/** New accounts have a quota of 10: an API and one retrieval at eight Engines need more. */
const MIN_CONCURRENCY = 100;
/** Starts of executions that may come at once. */
const MIN_STARTS = 100;
const MAX_CALLS = 5;
const MAX_ANSWER_MS = 10_000;
const FILE = 'gdpr.config.json';
/** Headers that the page has wherever it is hosted. */
const PAGE_HEADERS = ['content-security-policy', 'referrer-policy', 'x-content-type-options'];
/** Keys by the variable of the functions that names them: their field under `keys`, and what functions do with them. */
const KEYS: readonly (readonly [variable: string, field: string, use: KeyUse])[] = [
  ['SEAL_KEY_ID', 'seal', 'kms:Decrypt'],
  ['SIGN_KEY_ID', 'sign', 'kms:Sign'],
  ['MAC_KEY_ID', 'mac', 'kms:GenerateMac'],
];

/** Services that functions inside a network call, each by an endpoint or by a NAT; `events` for a bus alone. */
const [NEEDED, ALSO] = [['s3', 'dynamodb', 'kms', 'secretsmanager', 'states'], 'events'];

type Look = Examination[2];

/** What the doctor inside the system cannot see: the account around it. Each check names the setting to change. */
export function platformChecks(deployed: Deployed): readonly Examination[] {
  const functions = new Functions(deployed);
  return [
    stackCheck(deployed, 'data'),
    stackCheck(deployed, 'service'),
    ['Functions', 'npx cdk deploy --all', () => lookAtFunctions(deployed, functions)],
    ['Endpoints', `network.endpoints of ${FILE}`, () => lookAtEndpoints(deployed, functions)],
    ['Quota of Lambda', 'a role that may ask', () => lookAtConcurrency(deployed)],
    ['Quota of Step Functions', 'a role that may ask', () => lookAtStarts(deployed)],
    ...KEYS.map(([variable, field, use]): Examination => {
      const name = `Key ${field}`;
      return [name, `keys.${field} of ${FILE}`, () => lookAtKey(deployed, functions, { name, variable, field, use })];
    }),
    ...addressChecks(deployed.outputs),
  ];
}

/** The functions of a stage, asked for once by all checks. */
class Functions {
  readonly #deployed: Deployed;
  #names: ReturnType<Aws['functionsOf']> | undefined;
  #doctor: ReturnType<Aws['function']> | undefined;

  constructor(deployed: Deployed) {
    this.#deployed = deployed;
  }

  /** By logical id. */
  names() {
    this.#names ??= this.#deployed.aws.functionsOf(`${this.#deployed.stage}-service`);
    return this.#names;
  }

  /** The function `doctor`: it calls the company, and knows the keys. */
  doctor() {
    this.#doctor ??= this.#findDoctor();
    return this.#doctor;
  }

  async #findDoctor() {
    const [, name = 'doctor'] =
      [...(await this.names())].find(([logicalId]) => logicalId.startsWith('doctorFunction')) ?? [];
    return await this.#deployed.aws.function(name);
  }
}

function stackCheck({ aws, stage, outputs }: Deployed, part: string): Examination {
  const [name, deploy] = [`Stack ${stage}-${part}`, 'npx cdk deploy --all'];
  const look = async () => {
    const { StackStatus: status = '', EnableTerminationProtection, Outputs = [] } = await aws.stack(`${stage}-${part}`);
    if (status === 'UPDATE_ROLLBACK_COMPLETE')
      return [checked(name, 'warning', `It is ${status}: the last deploy was rolled back`, deploy)];
    if (!/^(CREATE|UPDATE|IMPORT)_COMPLETE$/.test(status))
      return [checked(name, 'fault', `It is ${status}: its deploy has not ended, or failed`, deploy)];
    const url = Outputs.find(({ OutputKey }) => OutputKey === 'ApiUrl')?.OutputValue;
    if (part === 'service' && url !== outputs.ApiUrl)
      return [
        checked(name, 'fault', 'Its ApiUrl is not the one that is tried', '--outputs: the file of its last deploy'),
      ];
    if (!EnableTerminationProtection)
      return [checked(name, 'warning', 'It can be deleted by mistake', `terminationProtection of ${FILE}`)];
    return `It is ${status}, and protected against deletion`;
  };
  return [name, deploy, look];
}

async function lookAtFunctions({ aws }: Deployed, functions: Functions): ReturnType<Look> {
  const names = await functions.names();
  if (names.size === 0) return [checked('Functions', 'fault', 'The stack has no functions', 'npx cdk deploy --all')];
  const faults: Check[] = [];
  let inside = 0;
  await runLimited([...names.values()], MAX_CALLS, async (name) => {
    const { State, StateReasonCode = '', VpcConfig, LastUpdateStatus } = await aws.function(name);
    if (VpcConfig?.VpcId) inside += 1;
    if (LastUpdateStatus === 'Failed')
      return void faults.push(checked(`Function ${name}`, 'fault', 'Its last update failed', 'npx cdk deploy --all'));
    if (State === 'Active' || State === 'Inactive') return; // an idle one in a network wakes up with its next call
    const isNetwork = /Eni|Subnet|SecurityGroup/i.test(StateReasonCode);
    const mend = isNetwork ? `network of ${FILE}` : 'npx cdk deploy --all';
    faults.push(checked(`Function ${name}`, 'fault', `It is ${State} (${StateReasonCode})`, mend));
  });
  return faults.length > 0 ? faults : `${names.size} are ready, ${inside} of them inside a network`;
}

async function lookAtEndpoints({ aws }: Deployed, functions: Functions): ReturnType<Look> {
  const { VpcConfig } = await functions.doctor();
  if (!VpcConfig?.VpcId) return 'The functions are in no network, and reach AWS by themselves';
  const found = (await aws.endpoints(VpcConfig.VpcId)).filter(({ service }) => [...NEEDED, ALSO].includes(service));
  const name = 'Endpoints';
  const mend = `network.endpoints of ${FILE}, or the endpoint of your own`;
  const broken = found.filter(({ state, isFound }) => state !== 'available' || !isFound);
  const missing = NEEDED.filter((service) => !found.some((endpoint) => endpoint.service === service));
  const checks = broken.map(({ service, state, isFound }) =>
    checked(name, 'fault', isFound ? `That of ${service} is ${state}` : `That of ${service} has no private name`, mend),
  );
  if (missing.length > 0)
    checks.push(checked(name, 'warning', `None of ${missing.join(', ')}: a NAT must lead there`, mend));
  return checks.length > 0 ? checks : `${found.map(({ service }) => service).join(', ')} are there`;
}

async function lookAtConcurrency({ aws }: Deployed): ReturnType<Look> {
  const { ConcurrentExecutions = 0, UnreservedConcurrentExecutions = 0 } = await aws.concurrency();
  const words = `${ConcurrentExecutions} functions may run at once, ${UnreservedConcurrentExecutions} of them unreserved`;
  if (UnreservedConcurrentExecutions >= MIN_CONCURRENCY) return words;
  const mend = 'Service Quotas, AWS Lambda, "Concurrent executions": ask for 1,000; or reserve less in `concurrency`';
  return [checked('Quota of Lambda', 'warning', words, mend)];
}

async function lookAtStarts({ aws }: Deployed): ReturnType<Look> {
  const name = 'Quota of Step Functions';
  const starts = [...(await aws.quotas('states'))].filter(([quota]) => quota.includes('StartExecution'));
  const words = starts.map(([quota, value]) => `${quota} ${value}`).join('; ');
  if (starts.length === 0) return [checked(name, 'not measured', 'Service Quotas does not show StartExecution')];
  if (starts.every(([quota, value]) => !quota.includes('bucket') || value >= MIN_STARTS)) return words;
  return [checked(name, 'warning', words, 'Service Quotas, AWS Step Functions: ask for more')];
}

async function lookAtKey(
  { aws }: Deployed,
  functions: Functions,
  { name, variable, field, use }: Readonly<Record<'name' | 'variable' | 'field', string>> & { readonly use: KeyUse },
) {
  const { Environment, Role } = await functions.doctor();
  const id = Environment?.Variables?.[variable];
  if (!id) {
    const words = `AWS does not show ${variable} of the function doctor`;
    return [checked(name, 'not measured', words, 'kms:Decrypt with the key of its environment, or deploy again')];
  }
  const { state, policy } = await aws.key(id);
  const mend = `keys.${field} of ${FILE}: its policy as docs/deployment.md, "Keys and data", wants it`;
  if (state !== 'Enabled')
    return [checked(name, 'fault', `It is ${state}`, `keys.${field} of ${FILE}: enable the key in KMS`)];
  const faults = keyFaults(policy, Role!, use);
  if (faults.length > 0)
    return faults.map(({ isFatal, what }) => checked(name, isFatal ? 'fault' : 'warning', what, mend));
  return 'It is enabled, and its policy lets the functions use it and nobody else';
}

/** The addresses that the stacks name. */
function addressChecks({ ApiUrl, MachineApiUrl, ConsoleUrl }: Outputs): Examination[] {
  const get = (url: string) => fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(MAX_ANSWER_MS) });
  const api = async () => {
    const answer = await get(`${ApiUrl}/health`);
    const { version } = (await answer.json().catch(() => ({}))) as { version?: string };
    if (answer.ok && version === TOOL_VERSION) return `It answers: version ${version}`;
    if (answer.ok && version)
      return [
        checked(
          'Address of the API',
          'fault',
          `Version ${version} answers, not ${TOOL_VERSION}`,
          'npx cdk deploy --all',
        ),
      ];
    return [checked('Address of the API', 'fault', `It answers with ${answer.status}`, 'the output ApiUrl')];
  };
  const machines = async () => {
    const { status } = await get(`${MachineApiUrl}/v1/requests`);
    if (status === 403) return 'It refuses calls that nobody has signed';
    return [
      checked('Address of machines', 'fault', `A call without a signature got ${status}`, `api.machines of ${FILE}`),
    ];
  };
  const page = async () => {
    const answer = await get(`${ConsoleUrl}/`);
    const missing = PAGE_HEADERS.filter((header) => !answer.headers.has(header));
    const links = [...(await answer.text()).matchAll(/ (?:href|src)="([^":]*)"/g)].map(([, link]) => link!);
    const files = await Promise.all(links.map((link) => get(new URL(link, `${ConsoleUrl}/`).href)));
    const config = await get(`${ConsoleUrl}/config.json`);
    const { issuer } = (await config.json().catch(() => ({}))) as { issuer?: string };
    const wrong = [
      ...(answer.status === 200 ? [] : [`the page answers with ${answer.status}`]),
      ...(config.status === 200 && issuer ? [] : [`config.json answers with ${config.status}, and without an issuer`]),
      ...missing.map((header) => `the header ${header} is missing`),
      ...files.flatMap(({ status }, at) => (status === 200 ? [] : [`${links[at]} answers with ${status}`])),
    ];
    if (wrong.length === 0) return 'The page is there, with its files and headers';
    return [checked('Console', 'fault', wrong.join('; '), `console of ${FILE}: deploy again`)];
  };
  return [
    ['Address of the API', 'the output ApiUrl, network and proxy', api],
    ...(MachineApiUrl === undefined ? [] : [['Address of machines', 'the output MachineApiUrl', machines] as const]),
    ...(ConsoleUrl === undefined
      ? []
      : [['Console', `console of ${FILE}: the DNS of its domain; network and proxy`, page] as const]),
  ];
}
