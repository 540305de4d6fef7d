import type { Readable } from 'node:stream';
import { GetObjectCommand, NoSuchKey, type S3Client } from '@aws-sdk/client-s3';
import { PartDamagedError } from '../errors.ts';
import type { BundleReader } from '../ports.ts';

/** Reads Bundles back from S3. */
export const s3BundleReader = (s3: S3Client, bucket: string): BundleReader => ({
  async open(Key) {
    try {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
      return Body as Readable;
    } catch (error) {
      if (error instanceof NoSuchKey) throw new PartDamagedError(Key);
      throw error;
    }
  },
});
