/** Region and account of the stand-ins; nothing outside this machine knows them. */
export const REGION = 'eu-central-1';
export const ACCOUNT = '000000000000';

/** @param name of the function */
export const functionArn = (name: string): string => `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`;

/** @param machine file name under `statemachines/` without `.asl.json` */
export const stateMachineArn = (machine: string): string =>
  `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:${machine}`;

export const executionArn = (machine: string, name: string): string =>
  `arn:aws:states:${REGION}:${ACCOUNT}:execution:${machine}:${name}`;

/** Key of whoever is no function: the SDK clients sign with it, and the local S3 checks that they did. */
export const FAKE_CREDENTIALS = { accessKeyId: 'LOCAL', secretAccessKey: 'local' } as const;

/** The access key of a function, as its role has one on AWS: a recorded call names who made it. All have one secret. */
export const accessKeyOf = (functionName: string): string => `${FAKE_CREDENTIALS.accessKeyId}.${functionName}`;

/** Function that an access key belongs to; `undefined` for every other key. */
export const functionOfKey = (accessKey: string | undefined): string | undefined =>
  accessKey?.startsWith(accessKeyOf('')) ? accessKey.slice(accessKeyOf('').length) : undefined;
