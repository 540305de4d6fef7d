import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { Clock } from '../../common/ports.ts';
import { ARCHIVE_NAME } from '../name.ts';
import type { LinkSigner } from '../ports.ts';

/** Presigned links to Archives (docs/decisions/0022). @param seconds lifetime of a link */
export function s3LinkSigner(
  s3: S3Client,
  { bucket, seconds, clock }: { bucket: string; seconds: number; clock: Clock },
): LinkSigner {
  return {
    async sign(archiveKey, fileName = ARCHIVE_NAME) {
      const signingDate = clock.now();
      const command = new GetObjectCommand({
        Bucket: bucket,
        Key: archiveKey,
        ResponseContentDisposition: `attachment; filename="${fileName}"`,
        ResponseCacheControl: 'no-store',
      });
      const url = await getSignedUrl(s3, command, { expiresIn: seconds, signingDate });
      return { url, expiresAt: new Date(signingDate.getTime() + seconds * 1000).toISOString() };
    },
  };
}
