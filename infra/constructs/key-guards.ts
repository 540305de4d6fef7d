import { ArnFormat, Stack } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';

/** Purposes of sealed values, and the one of the doctor's trial (docs/decisions/0020). */
export const PURPOSES = ['login', 'subject', 'mask', 'plan', 'nonce', 'doctor'] as const;
/** The encryption context of a sealed value has these two, and no other. */
export const CONTEXT_KEYS = ['requestId', 'purpose'] as const;

/** Path of the roles of all functions of a stage, by which policies of keys know them. */
export const rolePath = (stage: string): string => `/${stage}/`;

/**
 * What a key refuses by itself, whatever the policies of roles allow: its use by anybody but the functions of the stage, and
 * grants to others. Has no effect on a key of the company's, whose policy is the company's.
 */
export function guardKey(key: IKey, actions: readonly string[], stage: string): void {
  const own = Stack.of(key).formatArn({
    service: 'iam',
    region: '',
    resource: 'role',
    resourceName: `${rolePath(stage).slice(1)}*`,
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });
  deny(key, actions, { ArnNotLike: { 'aws:PrincipalArn': own } });
  const forNoService = { 'kms:GrantIsForAWSResource': 'false', 'aws:PrincipalIsAWSService': 'false' };
  deny(key, ['kms:CreateGrant'], { BoolIfExists: forNoService });
}

/** Besides: sealing and opening with another encryption context, and every way around it. */
export function guardSealKey(key: IKey, stage: string): void {
  const uses = ['kms:Encrypt', 'kms:Decrypt'];
  guardKey(key, uses, stage);
  deny(key, uses, { StringNotEquals: { 'kms:EncryptionContext:purpose': [...PURPOSES] } });
  deny(key, uses, { Null: { 'kms:EncryptionContext:requestId': 'true' } });
  deny(key, uses, { 'ForAnyValue:StringNotEquals': { 'kms:EncryptionContextKeys': [...CONTEXT_KEYS] } });
  deny(key, ['kms:ReEncryptFrom', 'kms:ReEncryptTo', 'kms:GenerateDataKey'], {});
}

function deny(key: IKey, actions: readonly string[], conditions: object): void {
  const principals = [new AnyPrincipal()];
  key.addToResourcePolicy(
    new PolicyStatement({ effect: Effect.DENY, actions: [...actions], principals, resources: ['*'], conditions }),
  );
}
