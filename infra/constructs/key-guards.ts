import { Stack } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IConstruct } from 'constructs';

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
  deny(key, actions, byOthers(key, stage));
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

const CHANGES = ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem', 'PartiQLUpdate', 'PartiQLDelete'];

/** What the table of audit entries refuses by itself (docs/decisions/0035): any change, and additions by others than the functions of the stage. */
export function guardTrail(table: Table, stage: string): void {
  for (const action of CHANGES) deny(table, [`dynamodb:${action}`], {});
  deny(table, ['dynamodb:PartiQLInsert'], byOthers(table, stage));
}

function byOthers(guarded: IConstruct, stage: string) {
  const own = Stack.of(guarded).formatArn({ service: 'iam', region: '', resource: `role${rolePath(stage)}*` });
  return { ArnNotLike: { 'aws:PrincipalArn': own } };
}

function deny(guarded: Pick<IKey, 'addToResourcePolicy'>, actions: readonly string[], conditions: object): void {
  const principals = [new AnyPrincipal()];
  guarded.addToResourcePolicy(
    new PolicyStatement({ effect: Effect.DENY, actions: [...actions], principals, resources: ['*'], conditions }),
  );
}
