import { GetObjectCommand, NoSuchKey, type S3Client } from '@aws-sdk/client-s3';
import { SettingsError } from '../errors.ts';
import { strictText } from '../strict-text.ts';

/** Reads a JSON document from `settings/` in the bucket. @throws {SettingsError} missing, or not JSON in UTF-8 */
export async function readSettings(s3: S3Client, bucket: string, document: string): Promise<unknown> {
  const Key = `settings/${document}`;
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
    return JSON.parse(strictText(await Body!.transformToByteArray()));
  } catch (error) {
    const { name } = error as Error; // S3 answers AccessDenied for a missing object when the role may not list
    if (error instanceof NoSuchKey || name === 'AccessDenied')
      throw new SettingsError(Key, 'is missing from the bucket, or may not be read');
    if (error instanceof SyntaxError || error instanceof TypeError)
      throw new SettingsError(Key, 'is not JSON in UTF-8');
    throw error;
  }
}
