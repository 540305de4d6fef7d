import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { s3Headers } from '../../../../modules/engines/adapters/s3-headers.ts';
import { localStore, type TestStore } from '../../../support/objects.ts';

const HEADERS = {
  listed: { windows: ['Category'], mac_os: null },
  columns: { 'engines/user.csv': { windows: ['id'] } },
};

describe('s3Headers', () => {
  let store: TestStore;
  let now = new Date();
  const headers = () => s3Headers(store.s3, store.bucket, { now: () => now });

  beforeAll(async () => {
    store = await localStore();
  });
  afterAll(() => store.stop());

  it('keeps the columns of a version for a week', async () => {
    await headers().keep('user', '6.30 / a', HEADERS);

    expect(await headers().find('user', '6.30 / a')).toEqual(HEADERS);
    expect(await headers().find('device', '6.30 / a')).toBeUndefined();
    now = new Date(Date.now() + 8 * 86_400_000);
    expect(await headers().find('user', '6.30 / a')).toBeUndefined();
  });

  it.each([
    ['not JSON', '<html>'],
    ['other fields', JSON.stringify({ ...HEADERS, more: 1 })],
    ['a name with a line end', JSON.stringify({ ...HEADERS, columns: { a: { windows: ['a\nb'] } } })],
  ])('gives nothing when what is there is %s', async (_what, Body) => {
    await headers().keep('user', 'odd', HEADERS);
    const [Key] = (await store.keys()).filter((key) => key.startsWith('parts/headers/'));
    await store.s3.send(new PutObjectCommand({ Bucket: store.bucket, Key, Body }));

    expect(await headers().find('user', 'odd')).toBeUndefined();
    expect((await store.s3.send(new GetObjectCommand({ Bucket: store.bucket, Key }))).ContentLength).toBe(Body.length);
  });
});
