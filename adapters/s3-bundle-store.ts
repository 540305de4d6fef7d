import { DeleteObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { BundleStore } from '../core/ports.ts';
import { MultipartWriter } from './s3-multipart.ts';

/** Bundles under `bundles/`. `application/gzip`, and never a `Content-Encoding`: browsers would unpack it (D4a). */
const BUNDLE_KIND = {
  contentType: 'application/gzip',
  contentDisposition: 'attachment; filename="gdpr-data.tar.gz"',
};

export function s3BundleStore(s3: S3Client, bucket: string): BundleStore {
  return {
    async write(bundleKey, chunks) {
      const writer = new MultipartWriter(s3, bucket, bundleKey, BUNDLE_KIND);
      try {
        for await (const chunk of chunks) await writer.write(chunk);
        await writer.close();
        return writer.byteLength;
      } catch (error) {
        await writer.abort();
        throw error;
      }
    },
    async delete(Key) {
      await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
    },
  };
}
