import { Aws, Duration, Lazy, RemovalPolicy } from 'aws-cdk-lib';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import { Architecture, Code, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { type Config, KNOWN_SCOPES } from '../config.ts';
import { type Logs, logGroup } from './workflow.ts';

/** The issuer of the tokens of people. */
export interface Identity {
  readonly issuer: string;
  readonly audience: string;
  readonly scopeClaim: string;
  /** What `config.json` beside the page says of the log-in. @param url address of the console */
  readonly forConsole: (
    url: string,
  ) => Readonly<Record<'issuer' | 'clientId' | 'scope', string> & { resource?: string }>;
}

const SCOPES = KNOWN_SCOPES.toSorted();

/** The scopes of a person are the groups that the person is in: nobody gets more by asking for more. */
const GROUPS_AS_SCOPES = `exports.handler = async (event) => {
  const groups = event.request.groupConfiguration?.groupsToOverride ?? [];
  const scopesToAdd = groups.filter((name) => name.startsWith('gdpr.'));
  event.response = { claimsAndScopeOverrideDetails: { accessTokenGeneration: { scopesToAdd } } };
  return event;
};`;

/** The people of a company without a provider: kept with the data, since a deploy must not lose them. */
export function userPool(stack: Construct, logs: Logs): cognito.UserPool {
  const scope = new Construct(stack, 'People');
  const pool = new cognito.UserPool(scope, 'Pool', {
    selfSignUpEnabled: false,
    signInAliases: { email: true },
    accountRecovery: cognito.AccountRecovery.EMAIL_ONLY,
    passwordPolicy: {
      minLength: 14,
      requireLowercase: true,
      requireUppercase: true,
      requireDigits: true,
      requireSymbols: true,
    },
    mfa: cognito.Mfa.REQUIRED,
    mfaSecondFactor: { otp: true, sms: false },
    featurePlan: cognito.FeaturePlan.ESSENTIALS, // access tokens can be given scopes
    deletionProtection: true,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  for (const groupName of SCOPES)
    new cognito.CfnUserPoolGroup(scope, groupName, {
      userPoolId: pool.userPoolId,
      groupName,
      description: 'scope of nexthink-gdpr',
    });
  const trigger = new LambdaFunction(scope, 'Scopes', {
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    handler: 'index.handler',
    code: Code.fromInline(GROUPS_AS_SCOPES),
    memorySize: 128,
    timeout: Duration.seconds(5), // Cognito waits no longer
    logGroup: logGroup(scope, logs),
    tracing: Tracing.ACTIVE,
  });
  pool.addTrigger(cognito.UserPoolOperation.PRE_TOKEN_GENERATION_CONFIG, trigger, cognito.LambdaVersion.V2_0);
  return pool;
}

/** The company's provider, or a client of the user pool. */
export function identityOf(stack: Construct, { stage, identityProvider }: Config, people?: cognito.UserPool): Identity {
  if (identityProvider) {
    const { issuer, audience, clientId, scopeClaim, resource } = identityProvider;
    const scope = identityProvider.scope ?? ['openid', 'profile', ...SCOPES].join(' ');
    const logIn = { issuer, clientId, scope, ...(resource !== undefined && { resource }) };
    return { issuer, audience, scopeClaim, forConsole: () => logIn };
  }
  const scope = new Construct(stack, 'Identity');
  const issuer = people!.userPoolProviderUrl;
  people!.addDomain('Domain', {
    cognitoDomain: { domainPrefix: `${stage}-${Aws.ACCOUNT_ID}` },
    managedLoginVersion: cognito.ManagedLoginVersion.NEWER_MANAGED_LOGIN,
  });
  let address = '';
  const urls = Lazy.list({ produce: () => [`${address}/`] });
  const client = new cognito.UserPoolClient(scope, 'Console', {
    userPool: people!,
    preventUserExistenceErrors: true,
    oAuth: {
      flows: { authorizationCodeGrant: true },
      scopes: [cognito.OAuthScope.OPENID, cognito.OAuthScope.PROFILE],
      callbackUrls: urls,
      logoutUrls: urls,
    },
  });
  new cognito.CfnManagedLoginBranding(scope, 'Branding', {
    userPoolId: people!.userPoolId,
    clientId: client.userPoolClientId,
    useCognitoProvidedValues: true,
  });
  return {
    issuer,
    audience: client.userPoolClientId,
    scopeClaim: 'scope',
    forConsole: (url) => {
      address = url;
      return { issuer, clientId: client.userPoolClientId, scope: 'openid profile' };
    },
  };
}
