import { createPublicKey, type KeyObject } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SignedCertificate } from '../../client/types.ts';
import type { ConnectionOptions } from '../connection.ts';
import { UsageError } from '../errors.ts';
import { readTyped, typedPath } from '../files.ts';
import { print, printJson, warn } from '../output.ts';
import { type SubjectOptions, subjectOf, Verb } from '../verb.ts';

type VerifyOptions = SubjectOptions & { readonly publicKey?: string; readonly nonce?: string; readonly json?: true };

/** `gdpr certificate get|nonce ID` and `gdpr certificate verify FILE`, which needs no network (R27). */
export const certificate = new Verb('certificate', 'Get or check the signed proof of an anonymization.')
  .addCommand(
    new Verb('get', 'Print the certificate of an anonymization as JSON, or write it as a page to read and print.')
      .argument('<ID>', 'the request')
      .option('--out <FOLDER>', 'write certificate.json, certificate.html and verify.html there')
      .example('gdpr certificate get ID --out proof')
      .calls<ConnectionOptions & { out?: string }, [string]>(async ({ connection: { ask }, out }, requestId) => {
        const signed = await ask('getCertificate', { path: { requestId } });
        if (out === undefined) printJson(signed);
        else await writeProof(typedPath(out), signed);
        return 0;
      }),
  )
  .addCommand(
    new Verb('nonce', 'Print the nonce that binds the certificate to a name. You get it only once: keep it.')
      .argument('<ID>', 'the request')
      .example('gdpr certificate nonce ID > nonce.json')
      .calls<object, [string]>(async ({ connection: { ask } }, requestId) => {
        printJson(await ask('takeNonce', { path: { requestId } }));
        warn('Keep it: you cannot get it again');
        return 0;
      }),
  )
  .addCommand(
    new Verb(
      'verify',
      'Check a certificate without the API: its signature and, with --nonce and a name, whom it is about.',
    )
      .argument('<FILE>', 'output of `gdpr certificate get ID`')
      .option('--public-key <PEM>', "file with the issuer's key; without it, only changes to the certificate show")
      .option('--nonce <NONCE>', 'the nonce of `gdpr certificate nonce ID`: compares the name of --user or --device')
      .withSubject(false)
      .example('gdpr certificate verify certificate.json --public-key issuer.pem', { 0: 'good', 1: 'not good' })
      .does<VerifyOptions, [string]>((options, file) => verifyFile(file, options)),
  );

/** Writes the certificate for machines and for people, and the page that checks both. They hold no name. */
async function writeProof(folder: string, signed: SignedCertificate): Promise<void> {
  const { certificatePage, verifyPage } = await import('../../modules/proof/get-certificate.ts');
  const files = {
    'certificate.json': `${JSON.stringify(signed, null, 2)}\n`,
    'certificate.html': certificatePage(signed),
    'verify.html': verifyPage(),
  };
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder, name), text);
    print(join(folder, name));
  }
}

async function verifyFile(file: string, { publicKey, nonce, json, ...subject }: VerifyOptions): Promise<number> {
  const { checkCertificate, readCertificate } = await import('../../modules/proof/certificate-check.ts');
  const isNamed = subject.user !== undefined || subject.device !== undefined;
  if (isNamed !== (nonce !== undefined)) throw new UsageError('Give --nonce together with --user or --device');
  const signed = readCertificate(readTyped(file, 'FILE'));
  if (!signed) throw new UsageError('FILE is not a certificate');
  const claim = nonce === undefined ? undefined : { subject: subjectOf(subject), nonce };
  const issuerKey = publicKey === undefined ? undefined : keyIn(publicKey);
  const { faults, keyFingerprint, issuerChecked } = checkCertificate(signed, issuerKey, claim);
  if (json) printJson({ sound: faults.length === 0, faults, keyFingerprint, issuerChecked });
  if (faults.length > 0) {
    for (const fault of faults) warn(`not good: ${fault}`);
    return 1;
  }
  const { requestId, changed, finishedAt, retained, searchedAfter } = signed.certificate;
  if (!json) {
    print(`good: request ${requestId}, ${changed.rows} rows changed, ${searchedAfter.hits} left, ${finishedAt}`);
    if (claim) print(`  it is about this ${claim.subject.kind}: name and nonce match`);
    for (const { store, why, until, places = [] } of retained) {
      print(`  retained: ${store}, ${why}${until ? `, until ${until}` : ''}`);
      for (const place of places) print(`    ${place}`);
    }
  }
  if (!issuerChecked)
    warn(`The issuer was not checked: give --public-key, or compare its key: SHA-256 ${keyFingerprint}`);
  return 0;
}

function keyIn(file: string): KeyObject {
  const text = readTyped(file, '--public-key');
  try {
    return createPublicKey(text);
  } catch (error) {
    throw new UsageError('--public-key is not a public key in PEM', { cause: error });
  }
}
