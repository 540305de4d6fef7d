import { S3Client } from '@aws-sdk/client-s3';
import { s3ArchiveReader, s3ArchiveStore, s3LinkSigner } from '../../modules/archive/adapters/s3-archive-store.ts';
import { s3PartStore } from '../../modules/archive/adapters/s3-part-store.ts';
import { readSettings } from '../../modules/common/adapters/s3-documents.ts';
import { s3Headers } from '../../modules/engines/adapters/s3-headers.ts';
import { clock, environment, once } from './environment.ts';

/** A merge sends thousands of requests at once, and S3 may ask to slow down before it has spread the load. */
export const s3 = /* @__PURE__ */ once(() => new S3Client({ maxAttempts: 6 }));
export const headers = /* @__PURE__ */ once(() => s3Headers(s3(), environment().BUCKET, clock));
export const parts = /* @__PURE__ */ once(() => s3PartStore(s3(), environment().BUCKET));
export const archives = /* @__PURE__ */ once(() => s3ArchiveStore(s3(), environment().BUCKET));
export const archiveReader = /* @__PURE__ */ once(() => s3ArchiveReader(s3(), environment().BUCKET));
export const links = /* @__PURE__ */ once(() =>
  s3LinkSigner(s3(), { bucket: environment().BUCKET, seconds: environment().LINK_SECONDS, clock }),
);

/** A document of the operator, read for each call, so that a change of trust needs no cold start. */
export const settingsDocument = (document: string): Promise<unknown> =>
  readSettings(s3(), environment().BUCKET, document);
