import { ConditionalCheckFailedException, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
  QueryCommand,
  type QueryCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { ignoring } from '../errors.ts';

export type Table = { readonly documents: DynamoDBDocumentClient; readonly TableName: string };

export type Item = Record<string, unknown>;
export type Key = Readonly<Record<string, string>>;

/** What a write requires of an item. In each expression `#name` is the attribute of that name, `:name` the value of that name. */
type Terms = { readonly condition?: string; readonly values?: Item };

export const ABSENT: Terms = { condition: 'attribute_not_exists(pk)' };

/** An `undefined` attribute of an item is left out. */
export const tableOf = (client: DynamoDBClient, TableName: string): Table => ({
  documents: DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } }),
  TableName,
});

export async function getItem({ documents, TableName }: Table, key: Key): Promise<Item | undefined> {
  const { Item } = await documents.send(new GetCommand({ TableName, Key: key, ConsistentRead: true }));
  return Item;
}

/** For a conditional write: `undefined` when its condition was not met. */
const ifMet = /* @__PURE__ */ ignoring(ConditionalCheckFailedException);

/** Writes an item. @returns false when the terms were not met */
export const putItem = async ({ documents, TableName }: Table, item: Item, terms: Terms = {}): Promise<boolean> =>
  (await documents.send(new PutCommand({ TableName, Item: item, ...termsOf(terms) })).catch(ifMet)) !== undefined;

/** The start of an expression that sets these attributes to the values of their names. */
export const setting = (facts: Item): string => {
  const changes = Object.keys(facts).map((name) => `#${name} = :${name}`);
  return `SET ${changes.join(', ')}`;
};

/** Changes an item. @returns the item afterwards; nothing when the terms were not met */
export async function updateItem(
  { documents, TableName }: Table,
  key: Key,
  UpdateExpression: string,
  terms: Terms = {},
): Promise<Item | undefined> {
  const input = { TableName, Key: key, UpdateExpression, ...termsOf(terms, UpdateExpression) };
  return (await documents.send(new UpdateCommand({ ...input, ReturnValues: 'ALL_NEW' })).catch(ifMet))?.Attributes;
}

/** Changes an item. @returns false when the terms were not met */
export const changeItem = async (...change: Parameters<typeof updateItem>): Promise<boolean> =>
  (await updateItem(...change)) !== undefined;

/** Removes an item, if it is there. @returns false when the terms were not met */
export const removeItem = async ({ documents, TableName }: Table, key: Key, terms: Terms = {}): Promise<boolean> =>
  (await documents.send(new DeleteCommand({ TableName, Key: key, ...termsOf(terms) })).catch(ifMet)) !== undefined;

type Query = Omit<QueryCommandInput, 'TableName'> & { readonly values: Item };

/** One page of what a query finds: at most 1 MB. */
export const queryPage = ({ documents, TableName }: Table, query: Query) =>
  documents.send(new QueryCommand({ TableName, ...inputOf(query) }));

export async function* queryItems({ documents, TableName }: Table, query: Query): AsyncGenerator<Item> {
  for await (const { Items = [] } of paginateQuery({ client: documents }, { TableName, ...inputOf(query) }))
    yield* Items;
}

/** The items of a partition whose sort keys start with `prefix`, as they are now and in their order. */
export function listItems(table: Table, pk: string, prefix: string): Promise<Item[]> {
  const KeyConditionExpression = 'pk = :pk AND begins_with(sk, :prefix)';
  return Array.fromAsync(queryItems(table, { ConsistentRead: true, KeyConditionExpression, values: { pk, prefix } }));
}

const inputOf = ({ values, ...query }: Query) => ({
  ...query,
  ...meaningOf(values, query.KeyConditionExpression, query.FilterExpression),
});

const termsOf = ({ condition, values }: Terms, expression?: string) => ({
  ConditionExpression: condition,
  ...meaningOf(values, condition, expression),
});

function meaningOf(values: Item | undefined, ...expressions: readonly (string | undefined)[]) {
  const names = expressions
    .join(' ')
    .match(/#\w+/g)
    ?.map((name) => [name, name.slice(1)]);
  const given = values && Object.entries(values).map(([name, value]) => [`:${name}`, value]);
  return {
    ExpressionAttributeNames: names && Object.fromEntries(names),
    ExpressionAttributeValues: given && Object.fromEntries(given),
  };
}
