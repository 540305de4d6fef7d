import type { APIGatewayAuthorizerResult, APIGatewayTokenAuthorizerEvent } from 'aws-lambda';
import { tokenChecker } from '../../modules/net/check-token.ts';
import { clock, environment, lazy } from '../wiring/environment.ts';

/** The authorizer of a private API: whoever has a good token may call it, and the functions get its claims. They check the scopes themselves. */
export const createHandler =
  (check: ReturnType<typeof tokenChecker>) =>
  async ({ authorizationToken, methodArn }: APIGatewayTokenAuthorizerEvent): Promise<APIGatewayAuthorizerResult> => {
    const claims = await check(authorizationToken.replace(/^Bearer /i, ''));
    if (!claims) throw new Error('Unauthorized'); // by this text API Gateway answers 401; by any other, 500
    const Statement = [{ Effect: 'Allow' as const, Action: 'execute-api:Invoke', Resource: methodArn }];
    const policyDocument = { Version: '2012-10-17', Statement };
    // Not `claims`, which has a meaning of its own there: that of Cognito's authorizer.
    return { principalId: claims.sub!, policyDocument, context: { token: JSON.stringify(claims) } };
  };

export const handler = lazy(() => {
  const { JWT_ISSUER, JWT_AUDIENCE, JWT_ISSUER_TRUST } = environment();
  const rules = { trust: JWT_ISSUER_TRUST, now: clock.now, allowLoopback: false, onUnchecked() {} };
  return createHandler(tokenChecker(JWT_ISSUER, JWT_AUDIENCE, rules));
});
