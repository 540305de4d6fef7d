import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { createAuthority } from '../../local/simulator/servers/certificates.ts';
import { serve } from '../../local/simulator/servers/serving.ts';

const run = promisify(execFile);

const EXTENSIONS = 'extendedKeyUsage=critical,timeStamping';
const CONFIG = (folder: string) => `[tsa]
default_tsa = own
[own]
serial = ${folder}/serial
signer_cert = ${folder}/tsa.pem
signer_key = ${folder}/tsa.key
certs = ${folder}/tsa.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
`;

/** A time-stamping authority (RFC 3161) over HTTPS: `openssl ts` behind a real server on 127.0.0.1. */
export interface TimeStampAuthority {
  readonly url: string;
  /** Certificate of who issued the server's, in PEM. */
  readonly caPem: string;
  /** PEM file of the certificate that signs stamps. */
  readonly signerFile: string;
  /** How often it was asked. */
  readonly asked: () => number;
  /** Changes what it answers from now on. */
  answerBy(change: (answer: Buffer) => Buffer): void;
  stop(): Promise<void>;
}

/** Whether `openssl ts -verify` takes the stamp in a file for this digest. */
export async function opensslAccepts(
  stampFile: string,
  digest: string,
  { signerFile }: TimeStampAuthority,
): Promise<boolean> {
  const args = ['ts', '-verify', '-digest', digest, '-in', stampFile, '-CAfile', signerFile];
  return run('openssl', args).then(
    ({ stdout, stderr }) => /Verification: OK/.test(stdout + stderr),
    () => false,
  );
}

export async function startTimeStampAuthority(): Promise<TimeStampAuthority> {
  const folder = await mkdtemp(join(tmpdir(), 'tsa-'));
  const within = (name: string) => join(folder, name);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', within('tsa.key')];
  const named = ['-subj', '/CN=Test TSA', '-addext', EXTENSIONS, '-days', '2', '-out', within('tsa.pem')];
  await run('openssl', ['req', '-x509', ...key, ...named]);
  await writeFile(within('config'), CONFIG(folder));
  await writeFile(within('serial'), '01\n');

  let asked = 0;
  let change = (answer: Buffer): Buffer => answer;
  const reply = async (query: Buffer): Promise<Buffer> => {
    asked += 1;
    await writeFile(within('query'), query);
    const files = ['-queryfile', within('query'), '-out', within('reply')];
    await run('openssl', ['ts', '-reply', '-config', within('config'), '-section', 'own', ...files]);
    return change(await readFile(within('reply')));
  };
  const listener: RequestListener = (request, response) => {
    buffer(request)
      .then(reply)
      .then(
        (answer) => response.setHeader('content-type', 'application/timestamp-reply').end(answer),
        () => response.writeHead(500).end(),
      );
  };
  const authority = createAuthority('Test CA');
  const server = await serve(listener, 0, { certificate: authority.issue('tsa') });
  return {
    url: `https://127.0.0.1:${server.port}`,
    caPem: authority.pem,
    signerFile: within('tsa.pem'),
    asked: () => asked,
    answerBy(given) {
      change = given;
    },
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true });
    },
  };
}
