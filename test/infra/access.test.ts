import { describe, expect, it } from 'vitest';
import { AUTHORIZER } from '../../functions/registry.ts';
import { ACCESS } from '../../infra/constructs/grant-access.ts';
import { FUNCTIONS, templatesOf } from './synthesize.ts';

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: Readonly<Record<string, unknown>>;
}

const { service } = templatesOf();
const policies = Object.entries(service.findResources('AWS::IAM::Policy'));

/** Statements of the role of one function; ids in a template are the function's name without hyphens. */
const statementsOf = (name: string): Statement[] =>
  policies
    .filter(([id]) => id.startsWith(`${name.replaceAll('-', '')}Function`))
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement as Statement[]);

/** Functions that may do an action. */
const allowed = (action: string): string[] =>
  FUNCTIONS.filter((name) => statementsOf(name).some(({ Action }) => [Action].flat().includes(action))).sort();

/** What the policy of a function says of one action, as text. */
const scopeOf = (name: string, action: string): string =>
  JSON.stringify(statementsOf(name).filter(({ Action }) => [Action].flat().includes(action)));

const GET_SECRET = 'secretsmanager:GetSecretValue';

describe('grantAccess: least privilege (R24, R25)', () => {
  it('has a row for every function and for nothing else', () => {
    expect(Object.keys(ACCESS).sort()).toEqual([...FUNCTIONS, AUTHORIZER.name].sort());
  });

  it('lets only what starts an attempt seal, and only the Tasks that need it unseal', () => {
    const starting = ['process-tickets', 'rerun-missing', 'scan-sentinel', 'start'];
    expect(allowed('kms:Encrypt')).toEqual(['anonymize-portal', 'doctor', 'prepare-engines', ...starting]);
    for (const name of ['anonymize-portal', 'prepare-engines']) // with what was found
      expect(scopeOf(name, 'kms:Encrypt')).toContain('"kms:EncryptionContext:purpose":["subject"]');
    expect(allowed('kms:Decrypt')).toEqual([
      'anonymize-portal',
      'check-removals',
      'doctor',
      'get-certificate',
      'open-request',
      'prepare-engines',
      'query-engine',
      'query-portal',
      'verify-portal',
    ]);
  });

  it('opens a login only for who asks Engines, never for who asks the Portal database', () => {
    const purposes = (name: string) => statementsOf(name).find(({ Action }) => Action === 'kms:Decrypt')?.Condition;

    expect(purposes('query-engine')).toMatchObject({
      StringEquals: { 'kms:EncryptionContext:purpose': ['login', 'subject', 'mask'] },
    });
    expect(purposes('anonymize-portal')).toEqual({
      StringEquals: { 'kms:EncryptionContext:purpose': ['subject', 'plan'] },
      'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['requestId', 'purpose'] },
    });
  });

  it('deletes only where a Request ends, or where a cancelled one leaves something behind (R7)', () => {
    expect(allowed('s3:DeleteObject')).toEqual([
      'close-request',
      'doctor',
      'merge-parts',
      'operate',
      'query-engine',
      'query-portal',
      'sweep',
    ]);
    expect(scopeOf('merge-parts', 's3:DeleteObject')).not.toContain('/parts/*');
    expect(allowed('dynamodb:DeleteItem')).toEqual([
      'check-removals',
      'close-request',
      'doctor',
      'get-certificate',
      'operate',
      'process-tickets',
      'rerun-missing',
      'scan-sentinel',
      'start',
      'sweep',
    ]);
  });

  it('starts executions where an attempt begins, and stops them from another function', () => {
    expect(allowed('states:StartExecution')).toEqual([
      'close-request',
      'process-tickets',
      'rerun-missing',
      'scan-sentinel',
      'start',
      'sweep',
    ]);
    expect(allowed('states:StopExecution')).toEqual(['operate', 'sweep']);
    expect(allowed('states:DescribeExecution')).toEqual(['sweep']);
  });

  it('signs links by a role that reads Archives and nothing else (decision 22)', () => {
    expect(scopeOf('deliver', 's3:GetObject')).toContain('/archives/*');
    expect(scopeOf('deliver', 's3:GetObject')).not.toMatch(/parts|settings/);
    expect(allowed('s3:PutObject')).toEqual([
      'doctor',
      'merge-parts',
      'open-request',
      'prepare-engines',
      'query-engine',
      'query-portal',
    ]);
    expect(scopeOf('query-engine', 's3:PutObject')).not.toContain('/archives/*');
  });

  it('gives the roles of the Portal database that write to one function each, and that which reads to few', () => {
    const withRole = FUNCTIONS.filter((name) =>
      /secret:portal\/(read|anonymize|verify|maintain)-/.test(scopeOf(name, GET_SECRET)),
    );
    expect(withRole.sort()).toEqual([
      'anonymize-portal',
      'close-request',
      'doctor',
      'maintain-portal',
      'preview',
      'query-portal',
      'scan-sentinel',
      'sweep',
      'verify-portal',
    ]);
    for (const name of ['close-request', 'preview', 'scan-sentinel', 'sweep'])
      expect(scopeOf(name, GET_SECRET)).toContain('portal/read');
    expect(scopeOf('maintain-portal', GET_SECRET)).toContain('portal/maintain');
    expect(scopeOf('query-portal', GET_SECRET)).toContain('portal/read');
    expect(scopeOf('anonymize-portal', GET_SECRET)).toContain('portal/anonymize');
    expect(scopeOf('verify-portal', GET_SECRET)).toContain('portal/verify');
  });

  it('gives who asks the List Engines API the secret of its client, and no other secret (R10)', () => {
    const askers = FUNCTIONS.filter((name) => scopeOf(name, GET_SECRET).includes('/portal-api*'));
    expect(askers.sort()).toEqual([
      'check-removals',
      'doctor',
      'open-request',
      'preview',
      'process-tickets',
      'rerun-missing',
      'scan-sentinel',
      'start',
    ]);
    const secretsOf = (name: string) => statementsOf(name).filter(({ Action }) => Action === GET_SECRET).length;
    const others = (name: string) =>
      ACCESS[name]?.also?.filter((right) => ['serviceAccount', 'ticketSecrets'].includes(right)).length ?? 0;
    const portals = (name: string) => (ACCESS[name]?.portalRole ? 1 : 0);
    for (const name of askers.filter((each) => each !== 'doctor'))
      expect(secretsOf(name)).toBe(1 + others(name) + portals(name));
  });

  it('lets only what starts an attempt, checks a removal or is the doctor read the service account (decisions 23, 31)', () => {
    const readers = FUNCTIONS.filter((name) => scopeOf(name, GET_SECRET).includes('/service-account*'));
    expect(readers.sort()).toEqual([
      'check-removals',
      'doctor',
      'process-tickets',
      'rerun-missing',
      'scan-sentinel',
      'start',
    ]);
  });

  it('lets only what delivers notices read the keys of webhooks, and put events on the bus, where there is one (R20)', () => {
    expect(FUNCTIONS.filter((name) => scopeOf(name, GET_SECRET).includes('/webhooks*'))).toEqual(['deliver-notices']);
    expect(scopeOf('deliver-notices', GET_SECRET)).toContain('/tickets*');
    expect(allowed('events:PutEvents')).toEqual([]);
    const withBus = templatesOf({ eventBus: 'privacy' });
    const putters = Object.entries(withBus.service.findResources('AWS::IAM::Policy')).filter(([, policy]) =>
      JSON.stringify(policy).includes('events:PutEvents'),
    );
    expect(putters.map(([id]) => id)).toEqual([expect.stringMatching(/^delivernoticesFunction/)]);
    expect(JSON.stringify(putters)).toContain(':event-bus/privacy');
  });

  it('lets what closes a Request sign certificates, and hands the nonce out by one that can open nothing else (R27)', () => {
    expect(allowed('kms:Sign')).toEqual(['close-request', 'doctor', 'sweep']);
    expect(scopeOf('close-request', 'kms:Sign')).toContain('SignKey');
    expect(scopeOf('get-certificate', 'kms:Decrypt')).toContain('"kms:EncryptionContext:purpose":["nonce"]');
  });

  it('tells which requests are about one subject where they start and close, and opens no sealed value thereby', () => {
    const [statement] = statementsOf('close-request').filter(
      ({ Action }) => Action.includes('dynamodb:Query') && Action.includes('dynamodb:DeleteItem'),
    );

    expect(statement?.Condition).toEqual({ 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['SUBJECT#*'] } });
    expect(FUNCTIONS.filter((name) => ACCESS[name]?.also?.includes('subjects')).sort()).toEqual([
      'close-request',
      'process-tickets',
      'scan-sentinel',
      'start',
      'sweep',
    ]);
  });

  it('keeps the ledger of the sentinel to who enters names and who looks for them (R15)', () => {
    const statement = statementsOf('scan-sentinel').find(({ Condition }) =>
      JSON.stringify(Condition)?.includes('LEDGER'),
    );

    expect(statement?.Action).toEqual(['dynamodb:Query', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem']);
    expect(statement?.Condition).toEqual({ 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['LEDGER'] } });
    expect(FUNCTIONS.filter((name) => ACCESS[name]?.also?.includes('ledger')).sort()).toEqual([
      'close-request',
      'scan-sentinel',
      'sweep',
    ]);
  });

  it('lets what is open to everybody accept webhooks, and nothing else (R20, R24)', () => {
    const [put, ...rest] = statementsOf('receive-ticket').filter(({ Action }) =>
      JSON.stringify(Action).includes('dynamodb'),
    );
    expect([put?.Action, rest]).toEqual(['dynamodb:PutItem', []]);
    expect(put?.Condition).toEqual({ 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['HOOK#*'] } });
    expect(FUNCTIONS.filter((name) => scopeOf(name, GET_SECRET).includes('/ticket-webhooks*'))).toEqual([
      'doctor',
      'receive-ticket',
    ]);
    expect(FUNCTIONS.filter((name) => scopeOf(name, GET_SECRET).includes('/tickets*')).sort()).toEqual([
      'deliver-notices',
      'doctor',
      'process-tickets',
    ]);
  });

  it('lets what changes a Request add audit entries, and nothing change one (R27)', () => {
    const adders = FUNCTIONS.filter((name) => ACCESS[name]?.requests?.includes('add'));
    expect(allowed('dynamodb:PartiQLInsert')).toEqual(adders.sort());
    expect(adders).toHaveLength(15);
    const onTrail = FUNCTIONS.flatMap(statementsOf).filter(({ Resource }) =>
      /:ExportsOutputFnGetAttAudit/.test(JSON.stringify(Resource)),
    );
    const actions = new Set(onTrail.flatMap(({ Action }) => Action));
    expect([...actions].sort()).toEqual(['dynamodb:PartiQLInsert', 'dynamodb:Query']);
  });

  it('makes keyed hashes only where work is started', () => {
    expect(allowed('kms:GenerateMac')).toEqual(['doctor', 'process-tickets', 'scan-sentinel', 'start']);
    expect(scopeOf('start', 'kms:GenerateMac')).toContain('MacKey');
  });

  it('lets the doctor try keys and stores, and opens nothing of a request to it (R32)', () => {
    expect(scopeOf('doctor', 'kms:Decrypt')).toContain('"kms:EncryptionContext:purpose":["doctor"]');
    expect(scopeOf('doctor', 's3:PutObject')).toMatch(/doctor\/\*/);
    expect(JSON.stringify(statementsOf('doctor'))).not.toMatch(/parts\/|archives\/|s3:ListBucket|states:/);
    const items = statementsOf('doctor').filter(({ Action }) => JSON.stringify(Action).includes('dynamodb'));
    const free = items.filter(({ Condition }) => Condition === undefined);
    expect(free.map(({ Action }) => Action)).toEqual(['dynamodb:DescribeTable']); // it shows no item
    const keyed = items.filter((each) => !free.includes(each));
    const keys = keyed.map(({ Condition }) => JSON.stringify(Condition).match(/"dynamodb:LeadingKeys":(\[.*\])/)![1]);
    expect(keys).toEqual(['["doctor"]', '["doctor"]', '["doctor"]', '["SCHEDULE"]', '["REDIRECTION"]', '["LEASE#*"]']);
  });

  it('gives no function a wildcard action, or a resource that is only a wildcard', () => {
    const traces = ({ Action }: Statement) => [Action].flat().every((action) => action.startsWith('xray:Put')); // has no resources
    const wide = FUNCTIONS.flatMap(statementsOf).filter(
      (each) => [each.Action].flat().some((action) => action.includes('*')) || (each.Resource === '*' && !traces(each)),
    );

    expect(wide).toEqual([]);
  });
});
