import { COMMON, type Given, parseArguments, SUBJECT, subjectOf, textOf } from '../arguments.ts';
import { withConnection } from '../connection.ts';
import { UsageError } from '../errors.ts';
import { print, printJson, warn } from '../output.ts';
import { checkCertificate } from './certificate-verify.ts';

const OPTIONS = {
  ...COMMON,
  ...SUBJECT,
  'public-key': { type: 'string' },
  nonce: { type: 'string' },
} as const;

/** `gdpr certificate get|nonce ID` and `gdpr certificate verify FILE`, which needs no network (R27). */
export async function certificate(args: readonly string[], signal: AbortSignal): Promise<number> {
  const { given, values } = parseArguments(args, OPTIONS, ['get, nonce or verify', 'ID or FILE']);
  const [verb, what] = values as [string, string];
  if (verb === 'verify') return verifyFile(what, given);
  if (verb !== 'get' && verb !== 'nonce') throw new UsageError('certificate knows: get ID, nonce ID, verify FILE');
  return withConnection(given, signal, async ({ api }) => {
    printJson(await (verb === 'get' ? api.getCertificate(what, signal) : api.takeNonce(what, signal)));
    if (verb === 'nonce') warn('keep it: it is not handed out again');
    return 0;
  });
}

function verifyFile(file: string, given: Given): number {
  const nonce = textOf(given, 'nonce');
  const claim = nonce === undefined ? undefined : { subject: subjectOf(given), nonce };
  const { signed, faults, keyFingerprint, issuerChecked } = checkCertificate(file, textOf(given, 'public-key'), claim);
  if (given.json) printJson({ sound: faults.length === 0, faults, keyFingerprint, issuerChecked });
  if (faults.length > 0) {
    for (const fault of faults) warn(`not good: ${fault}`);
    return 1;
  }
  const { requestId, changed, finishedAt, retained, searchedAfter } = signed.certificate;
  if (!given.json) {
    print(`good: request ${requestId}, ${changed.rows} rows changed, ${searchedAfter.hits} left, ${finishedAt}`);
    for (const { store, why, until } of retained)
      print(`  retained: ${store}, ${why}${until ? `, until ${until}` : ''}`);
  }
  if (!issuerChecked)
    warn(`who issued it was not checked; compare its key or use --public-key: SHA-256 ${keyFingerprint}`);
  return 0;
}
