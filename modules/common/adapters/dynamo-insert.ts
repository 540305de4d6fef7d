import { DuplicateItemException } from '@aws-sdk/client-dynamodb';
import { ExecuteStatementCommand } from '@aws-sdk/lib-dynamodb';
import { ignoring } from '../errors.ts';
import type { Item, Table } from './dynamo-table.ts';

/**
 * Adds an item by a statement that never replaces one: who has no other right to write can change nothing, whatever its code does.
 * @returns false when an item of this key is there
 */
export async function insertItem({ documents, TableName }: Table, item: Item): Promise<boolean> {
  const facts = Object.entries(item).filter(([, value]) => value !== undefined);
  const Statement = `INSERT INTO "${TableName}" VALUE {${facts.map(([name]) => `'${name}': ?`).join(', ')}}`;
  const command = new ExecuteStatementCommand({ Statement, Parameters: facts.map(([, value]) => value) });
  return (await documents.send(command).catch(ignoring(DuplicateItemException))) !== undefined;
}
