import { createHash, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { expect } from 'vitest';
import { trailIn } from '../../../cli/commands/audit-verify.ts';
import { UsageError } from '../../../cli/errors.ts';
import { canonicalJson } from '../../../modules/common/canonical-json.ts';
import { anchorDigest, anchorFaults, checkTrail, type StampedAnchor } from '../../../modules/proof/audit-anchors.ts';
import { checkCertificate, readCertificate } from '../../../modules/proof/certificate-check.ts';
import { certificatesIn } from '../../../modules/proof/time-stamp.ts';
import { digestOf } from '../../../modules/requests/audit/trail.ts';
import { opensslAccepts } from '../../support/time-stamp-authority.ts';
import type { Facts } from '../../upgrades/stored-state.ts';
import { isHarmless, type Target, tried } from '../target.ts';

/** What version 0.2.0 has left behind: a certificate, audit trails, a stamped anchor. */
const FOLDER = join(import.meta.dirname, '../../upgrades/0.2.0');
const facts = JSON.parse(readFileSync(join(FOLDER, 'facts.json'), 'utf8')) as Facts;
const items = readFileSync(join(FOLDER, 'table-requests.jsonl'), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => unmarshall(JSON.parse(line)));
const itemsOf = (requestId: string) => items.filter(({ pk }) => pk === `REQ#${requestId}`);

const { certificate: signed } = itemsOf(facts.requests.anonymized).find(({ sk }) => sk === 'META')!;
const issuer = createPublicKey(facts.publicKey);
const stranger = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });

/** The document as somebody else would sign it, with a key of their own. */
function signedByStranger(text: string): string | undefined {
  try {
    const { certificate } = JSON.parse(text) as { certificate: unknown };
    const digest = createHash('sha256').update(canonicalJson(certificate)).digest();
    const publicKey = stranger.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
    const value = sign('sha256', digest, stranger.privateKey).toString('base64');
    return JSON.stringify({ certificate, signature: { algorithm: 'ECDSA_P256_SHA256', publicKey, value } });
  } catch {
    return undefined;
  }
}

const certificate: Target = {
  name: 'certificate',
  samples: [JSON.stringify(signed), JSON.stringify(signed, null, 2)],
  words: ['"algorithm"', '"version"', '1', '2', '"subjectCommitment"', '"retained"', '"changed"', '='],
  runs: 100,
  run(input) {
    const text = input.toString();
    const read = readCertificate(text);
    const claim = { subject: { kind: 'user', name: facts.anonymized }, nonce: facts.nonce } as const;
    const isGood = read !== undefined && checkCertificate(read, issuer, claim).faults.length === 0;
    if (isGood) expect(canonicalJson(read.certificate)).toBe(canonicalJson(signed.certificate));
    const other = readCertificate(signedByStranger(text) ?? '');
    if (!other) return isGood;
    expect(checkCertificate(other, issuer, claim).faults.length).toBeGreaterThan(0);
    const { faults, issuerChecked } = checkCertificate(other);
    expect([faults, issuerChecked]).toEqual([[], false]);
    const { requestId, changed, finishedAt, retained, searchedAfter } = other.certificate; // what people are shown
    const shown = [
      changed.rows,
      searchedAfter.hits,
      ...retained.map(({ store, why, places = [] }) => [store, why, ...places]),
    ];
    expect(shown.flat().every((each) => typeof each === 'number' || typeof each === 'string')).toBe(true);
    expect([typeof requestId, typeof finishedAt]).toEqual(['string', 'string']);
    return isGood;
  },
};

const events = itemsOf(facts.requests.completed)
  .filter(({ sk }) => String(sk).startsWith('EVENT#'))
  .map(({ pk: _pk, sk: _sk, ...entry }) => entry)
  .sort((one, other) => one.seq - other.seq);
const trail = { requestId: facts.requests.completed, events };
const folder = mkdtempSync(join(tmpdir(), 'fuzz-proof-'));

const audit: Target = {
  name: 'audit-trail',
  samples: [JSON.stringify(trail)],
  words: ['"seq"', '"before"', '"events"', '"at"', '1e999', '0'.repeat(64)],
  runs: 100,
  async run(input) {
    const file = join(folder, 'trail.json');
    writeFileSync(file, input);
    const read = await tried(() => trailIn(file), UsageError);
    if (!read) return false;
    const { faults } = checkTrail(read.result, [], digestOf(events.at(-1)));
    for (const fault of faults.slice(0, 5)) isHarmless(fault.slice(0, 100));
    if (faults.length === 0) expect(canonicalJson(read.result.events)).toBe(canonicalJson(events));
    return faults.length === 0;
  },
};

const {
  pk: _,
  sk: _sk,
  ...anchor
} = items.find(({ stamp }) => typeof stamp === 'string') as unknown as StampedAnchor & {
  readonly pk: string;
  readonly sk: string;
};
const ca = join(folder, 'ca.pem');
writeFileSync(ca, facts.stampCa);
const stampBytes = Buffer.from(anchor.stamp, 'base64');

const stamp: Target = {
  name: 'time-stamp',
  samples: [stampBytes],
  words: [
    '\u0030\u0080',
    '\u0000\u0000',
    '\u0002\u0001\u0002',
    '\u0017\u000d700101000000Z',
    '\u0018\u000f99991231235959Z',
  ],
  runs: 100,
  async run(input) {
    const faults = await anchorFaults([{ ...anchor, stamp: input.toString('base64') }], facts.stampCa);
    for (const fault of faults) isHarmless(fault);
    if (faults.length === 0 && !input.equals(stampBytes)) {
      const file = join(folder, 'stamp.tsr');
      writeFileSync(file, input);
      const then = new Date(anchor.at);
      expect(await opensslAccepts(file, anchorDigest(anchor), { signerCaFile: ca }, then)).toBe(true);
    }
    return faults.length === 0;
  },
};

const pem: Target = {
  name: 'pem',
  samples: [facts.stampCa, `some words\n${facts.stampCa}${facts.stampCa}`],
  words: ['-----BEGIN CERTIFICATE-----', '-----END CERTIFICATE-----', '\n', '='],
  async run(input) {
    const read = await tried(() => certificatesIn(input.toString()), TypeError);
    for (const one of read?.result ?? []) expect(one.tbsView.byteLength).toBeGreaterThan(0);
    return read !== undefined;
  },
};

export const PROOF_TARGETS: readonly Target[] = [certificate, audit, stamp, pem];
