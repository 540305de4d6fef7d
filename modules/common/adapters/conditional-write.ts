import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';

/** The answer to a conditional write to DynamoDB; undefined when its condition was not met. */
export async function ifMet<T>(write: Promise<T>): Promise<T | undefined> {
  try {
    return await write;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}

/** Whether the condition of a write was met. */
export const isMet = async (write: Promise<unknown>): Promise<boolean> => (await ifMet(write)) !== undefined;
