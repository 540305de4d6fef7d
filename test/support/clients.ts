import type { LocalSystem } from '../../local/system.ts';

/** What an SDK client of a test needs to reach a stand-in of the running system. */
export function clientOf(
  { awsEnvironment }: LocalSystem,
  service: 'S3' | 'DYNAMODB' | 'SECRETS_MANAGER' | 'KMS',
): { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } } {
  return {
    endpoint: awsEnvironment[`AWS_ENDPOINT_URL_${service}`]!,
    region: awsEnvironment.AWS_REGION!,
    credentials: {
      accessKeyId: awsEnvironment.AWS_ACCESS_KEY_ID!,
      secretAccessKey: awsEnvironment.AWS_SECRET_ACCESS_KEY!,
    },
  };
}
