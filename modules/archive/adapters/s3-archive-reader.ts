import type { Readable } from 'node:stream';
import { GetObjectCommand, NoSuchKey, type S3Client } from '@aws-sdk/client-s3';
import { PartDamagedError } from '../errors.ts';
import type { ArchiveReader } from '../ports.ts';

/** Reads Archives back from S3. */
export const s3ArchiveReader = (s3: S3Client, bucket: string): ArchiveReader => ({
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
