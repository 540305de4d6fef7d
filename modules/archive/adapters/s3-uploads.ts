import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { statusOf } from './s3-part-source.ts';

/** Ends the unfinished uploads under a prefix for which `isMeant` is true; harmless when one has ended meanwhile. */
export async function abortUploads(
  s3: S3Client,
  bucket: string,
  prefix: string,
  isMeant: (key: string) => boolean = () => true,
): Promise<void> {
  let page: Partial<ListMultipartUploadsCommandOutput> = {};
  do {
    const { NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = page;
    page = await s3.send(
      new ListMultipartUploadsCommand({
        Bucket: bucket,
        Prefix: prefix,
        ...(KeyMarker && { KeyMarker, UploadIdMarker }),
      }),
    );
    for (const { Key = '', UploadId } of page.Uploads ?? []) {
      if (!isMeant(Key)) continue;
      await s3.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId })).catch((error) => {
        if (statusOf(error) !== 404) throw error;
      });
    }
  } while (page.IsTruncated && page.NextKeyMarker);
}
