import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Clock } from '../../common/ports.ts';
import type { SubjectKind } from '../../requests/subject.ts';
import { type HeaderStore, KeptHeaders } from '../retrieval/kept-headers.ts';

/** Then the columns are agreed anew: a column that no Engine has any more goes. */
const MAX_AGE_MS = 7 * 86_400_000;

/** Columns by version of the Engines, in `parts/headers/<kind>/<version>.json`. */
export function s3Headers(s3: S3Client, bucket: string, clock: Clock): HeaderStore {
  const placeOf = (kind: SubjectKind, version: string) => ({
    Bucket: bucket,
    Key: `parts/headers/${kind}/${encodeURIComponent(version).slice(0, 200)}.json`,
  });
  return {
    async find(kind, version) {
      try {
        const { Body, LastModified } = await s3.send(new GetObjectCommand(placeOf(kind, version)));
        const text = await Body!.transformToString();
        if (!LastModified || clock.now().getTime() - LastModified.getTime() > MAX_AGE_MS) return undefined;
        return KeptHeaders.safeParse(JSON.parse(text)).data;
      } catch {
        return undefined; // the Engines are asked then
      }
    },
    async keep(kind, version, headers) {
      const Body = JSON.stringify(headers);
      await s3.send(new PutObjectCommand({ ...placeOf(kind, version), Body, ContentType: 'application/json' }));
    },
  };
}
