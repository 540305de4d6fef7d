import { readFile } from 'node:fs/promises';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type * as z from 'zod';
import { Settings } from '../functions/wiring/settings.ts';
import { PortalMapping } from '../modules/portal/mapping/mapping.ts';
import { FAKE_CREDENTIALS, REGION } from './aws/names.ts';
import { BUCKET, SERVICE_ACCOUNT_SECRET } from './environment.ts';
import { GivenDatabaseError } from './portal-database/given-database.ts';
import { referenceMapping } from './portal-database/portal-database.ts';
import type { Simulator } from './simulator/simulator.ts';

type SettingsInput = z.input<typeof Settings>;

/** Puts what an operator would set into the bucket: `settings/settings.json` and `settings/portal-mapping.json`. */
export async function putDocuments(
  objectsUrl: string,
  simulator: Simulator,
  mappingFile?: string,
  more?: Partial<SettingsInput>,
): Promise<void> {
  const s3 = new S3Client({ endpoint: objectsUrl, region: REGION, credentials: FAKE_CREDENTIALS });
  const mapping = await (mappingFile === undefined ? referenceMapping() : mappingIn(mappingFile));
  const documents = { 'settings.json': settingsFor(simulator, more), 'portal-mapping.json': mapping };
  const puts = Object.entries(documents).map(([name, document]) =>
    s3.send(
      new PutObjectCommand({
        Bucket: BUCKET,
        Key: `settings/${name}`,
        Body: JSON.stringify(document),
        ContentType: 'application/json',
      }),
    ),
  );
  await Promise.all(puts);
  s3.destroy();
}

/** The mapping of a Portal database of one's own. */
async function mappingIn(file: string): Promise<PortalMapping> {
  try {
    return PortalMapping.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    throw new GivenDatabaseError('portal-mapping is not the file of a mapping: see `gdpr portal check`', {
      cause: error,
    });
  }
}

/** The simulators' ports, and the authority that issued their certificates. */
function settingsFor({ portal, engines, caPem }: Simulator, more: Partial<SettingsInput> = {}): SettingsInput {
  const trust = { mode: 'ca' as const, pem: caPem };
  const document: SettingsInput = {
    portalApi: { url: portal.url, trust },
    serviceAccount: { secretId: SERVICE_ACCOUNT_SECRET },
    allowLoopback: true,
    callerLimits: { callsPerMinute: 100_000, unfinishedRequests: 10_000 }, // one person, and tests in a hurry
    nightlyJobs: [],
    engines: Object.fromEntries(engines.map(({ name, port }) => [name, { port, trust }])),
    ...more,
  };
  Settings.parse(document);
  return document;
}
