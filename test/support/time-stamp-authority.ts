import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { fromBER, Integer, type OctetString, Sequence } from 'asn1js';
import { ContentInfo, SignedData, TimeStampResp } from 'pkijs';
import { createAuthority } from '../../local/simulator/servers/certificates.ts';
import { serve } from '../../local/simulator/servers/serving.ts';

const run = promisify(execFile);

/** What a certificate for time stamps says. */
export const FOR_TIME_STAMPS = 'extendedKeyUsage=critical,timeStamping';

const CONFIG = (folder: string) => `[tsa]
default_tsa = own
[own]
serial = ${folder}/serial
signer_cert = ${folder}/tsa.pem
signer_key = ${folder}/tsa.key
certs = ${folder}/intermediate.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
[ca]
default_ca = issuing
[issuing]
database = ${folder}/index.txt
new_certs_dir = ${folder}
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
[any]
commonName = supplied
`;

/** The signer of stamps: its key, its certificate, and the certificate of the CA that issued it. PEM files. */
export interface StampSigner {
  readonly keyFile: string;
  readonly certificateFile: string;
  readonly issuerFile: string;
}

/** A time-stamping authority (RFC 3161) over HTTPS: `openssl ts` behind a real server on 127.0.0.1. */
export interface TimeStampAuthority {
  readonly url: string;
  /** Certificate of the issuer of the server's, in PEM. */
  readonly caPem: string;
  /** PEM file and text of its root CA. An intermediate, which every stamp holds, has issued the certificate that signs. */
  readonly signerCaFile: string;
  readonly signerCaPem: string;
  /** How often it was asked. */
  readonly asked: () => number;
  /** Changes what it answers from now on. */
  answerBy(change: (answer: Buffer) => Buffer | Promise<Buffer>): void;
  /** A certificate of its intermediate CA, good for a day unless said otherwise. @param validity start and end, `YYYYMMDDHHMMSSZ` */
  issue(extensions: string, validity?: readonly [string, string]): Promise<StampSigner>;
  stop(): Promise<void>;
}

/** Whether `openssl ts -verify` takes the stamp in a file for this digest. */
export async function opensslAccepts(
  stampFile: string,
  digest: string,
  { signerCaFile }: Pick<TimeStampAuthority, 'signerCaFile'>,
  at = new Date(),
): Promise<boolean> {
  const when = ['-attime', String(Math.floor(at.getTime() / 1000))];
  const args = ['ts', '-verify', ...when, '-digest', digest, '-in', stampFile, '-CAfile', signerCaFile];
  return run('openssl', args).then(
    ({ stdout, stderr }) => /Verification: OK/.test(stdout + stderr),
    () => false,
  );
}

/** The same stamp, really signed by somebody else. @param options of `openssl cms`; `-cades` names the certificate */
export async function signedBy(
  answer: Buffer,
  { keyFile, certificateFile, issuerFile }: StampSigner,
  options: readonly string[] = ['-cades'],
): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'signed-'));
  const [content, token] = [join(folder, 'content'), join(folder, 'token')];
  await writeFile(content, contentOf(answer));
  const form = ['-binary', '-nodetach', '-md', 'sha256', '-outform', 'DER', ...options];
  const kind = ['-econtent_type', '1.2.840.113549.1.9.16.1.4'];
  const signer = ['-signer', certificateFile, '-inkey', keyFile, '-certfile', issuerFile];
  await run('openssl', ['cms', '-sign', ...form, ...kind, ...signer, '-in', content, '-out', token]);
  const granted = new Sequence({ value: [new Integer({ value: 0 })] });
  const signed = new Sequence({ value: [granted, fromBER(await readFile(token)).result] });
  await rm(folder, { recursive: true });
  return Buffer.from(signed.toBER());
}

/** The `TSTInfo` in an answer. */
function contentOf(answer: Buffer): Buffer {
  const { timeStampToken } = TimeStampResp.fromBER(Buffer.from(answer));
  const { content } = timeStampToken ?? new ContentInfo();
  const { encapContentInfo } = new SignedData({ schema: content });
  return Buffer.from((encapContentInfo.eContent as OctetString).getValue());
}

export async function startTimeStampAuthority(): Promise<TimeStampAuthority> {
  const folder = await mkdtemp(join(tmpdir(), 'tsa-'));
  const within = (name: string) => join(folder, name);
  const newKey = (name: string) => ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', name];
  await writeFile(within('config'), CONFIG(folder));
  await writeFile(within('serial'), '01\n');
  await writeFile(within('index.txt'), '');
  const own = ['-subj', '/CN=Test TSA Root', '-addext', 'keyUsage=critical,keyCertSign', '-days', '2'];
  await run('openssl', ['req', '-x509', ...newKey(within('root.key')), ...own, '-out', within('root.pem')]);

  const issueAs = async (
    name: string,
    extensions: string,
    [start, end] = aDay(),
    by = 'intermediate',
  ): Promise<StampSigner> => {
    const [keyFile, certificateFile, issuerFile] = [`${name}.key`, `${name}.pem`, `${by}.pem`].map(within) as Files;
    await run('openssl', ['req', '-new', ...newKey(keyFile), '-subj', `/CN=Test ${name}`, '-out', within('csr')]);
    await writeFile(within('extensions'), `${extensions}\n`);
    const ca = ['ca', '-batch', '-config', within('config'), '-cert', issuerFile, '-keyfile', within(`${by}.key`)];
    const validity = ['-startdate', start, '-enddate', end];
    const files = ['-extfile', within('extensions'), '-in', within('csr'), '-notext', '-out', certificateFile];
    await run('openssl', [...ca, ...validity, ...files]);
    return { keyFile, certificateFile, issuerFile };
  };
  await issueAs('intermediate', 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign', aDay(), 'root');
  await issueAs('tsa', FOR_TIME_STAMPS);

  let issued = 0;
  let asked = 0;
  let change = (answer: Buffer): Buffer | Promise<Buffer> => answer;
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
    signerCaFile: within('root.pem'),
    signerCaPem: await readFile(within('root.pem'), 'utf8'),
    asked: () => asked,
    answerBy(given) {
      change = given;
    },
    issue(extensions, validity) {
      issued += 1;
      return issueAs(`signer-${issued}`, extensions, validity);
    },
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true });
    },
  };
}

type Files = [string, string, string];

/** From an hour ago to tomorrow. */
function aDay(): readonly [string, string] {
  const written = (instant: number) => `${new Date(instant).toISOString().replace(/\D/g, '').slice(0, 14)}Z`;
  return [written(Date.now() - 3_600_000), written(Date.now() + 86_400_000)];
}
