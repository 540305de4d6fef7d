import type { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { StorageUnavailableError } from '../../common/errors.ts';
import type { Clock } from '../../common/ports.ts';
import { PartDamagedError } from '../errors.ts';
import { ARCHIVE_NAME } from '../name.ts';
import type { ArchiveReader, ArchiveStore, ArchiveUpload, LinkSigner } from '../ports.ts';
import { abortUploads, isMissing, isPreconditionFailed, storeFailure, unlessMissing } from './s3-part-source.ts';
import { noteOf, stitch } from './s3-stitch.ts';

export const s3ArchiveReader = (s3: S3Client, bucket: string): ArchiveReader => ({
  async open(Key) {
    const found = await s3.send(new GetObjectCommand({ Bucket: bucket, Key })).catch(unlessMissing);
    if (!found) throw new PartDamagedError(Key);
    return found.Body as Readable;
  },
});

const NOT_AS_PLANNED = ['BadDigest', 'InvalidRequest', 'EntityTooSmall', 'InvalidPart'];

export function s3ArchiveStore(s3: S3Client, bucket: string): ArchiveStore {
  /** Whether exactly this archive exists: compares size and CRC-32. */
  const isThere = async (Key: string, upload: ArchiveUpload): Promise<boolean> => {
    try {
      const found = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key }));
      return found.ContentLength === upload.byteLength && found.Metadata?.crc32 === String(upload.crc32);
    } catch (error) {
      if (isMissing(error)) return false;
      throw storeFailure(error);
    }
  };
  /** Ends uploads that a killed stitch left. A running stitch then finds the archive and succeeds. */
  const abortLeft = (Key: string): Promise<void> => abortUploads(s3, bucket, Key);
  const remove = async (Key: string): Promise<void> => {
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
  };

  return {
    async stitch(Key, upload, mayGoOn, signal = new AbortController().signal, mayStart = () => true) {
      try {
        if (!(await stitch(s3, { Bucket: bucket, Key }, upload, mayGoOn, signal, mayStart))) return false;
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (!isFromStore(error) || !(await isThere(Key, upload))) throw await explain(error, Key);
      }
      await abortLeft(Key).catch(rethrow);
      return true;
    },
    async delete(Key) {
      await remove(Key).catch(rethrow);
      await remove(noteOf({ Bucket: bucket, Key }).Key).catch(rethrow);
      await abortLeft(Key).catch(rethrow);
    },
  };

  /** An older merge may have left another archive at this key: it is removed, so that the next try succeeds. */
  async function explain(error: unknown, Key: string): Promise<unknown> {
    const isOther = isPreconditionFailed(error);
    if (isOther) await remove(Key);
    const name = error instanceof S3ServiceException ? error.name : '';
    // after `NoSuchUpload` the next try begins a new upload
    if (isOther || name === 'NoSuchUpload') return new StorageUnavailableError({ cause: error });
    const wrong = NOT_AS_PLANNED.includes(name);
    return wrong ? new PartDamagedError(`of ${Key}`, { cause: error }) : storeFailure(error);
  }
}

const rethrow = (error: unknown): never => {
  throw storeFailure(error);
};

/** S3 refused or did not answer: another merge, or an earlier try, may have made the archive. */
const isFromStore = (error: unknown): boolean =>
  error instanceof S3ServiceException || storeFailure(error) instanceof StorageUnavailableError;

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
