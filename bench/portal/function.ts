import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { portalAnonymizer, rehearse } from '../../modules/portal/anonymize/anonymizer.ts';
import { drawToken } from '../../modules/portal/names/tokens.ts';
import { portalPostgres } from '../../modules/portal/retrieval/read-subject.ts';
import { portalVerifier } from '../../modules/portal/search/preview.ts';
import { rowsChanged } from '../../modules/requests/record.ts';
import { csvRecord } from '../../modules/rows/csv.ts';
import { measured } from '../measured.ts';
import type { FilledPortal } from './filled.ts';

const [what, file, name] = process.argv.slice(2) as [string, string, string];
const { connections, mapping } = JSON.parse(readFileSync(file, 'utf8')) as Pick<FilledPortal, 'connections'> & {
  readonly mapping: Parameters<typeof portalPostgres>[1];
};
const subject = { kind: 'user', name } as const;
const POLICY = { unreachable: 'retain', lockSeconds: 30, statementSeconds: 600 } as const;
const MAX_REHEARSED_ROWS = 100_000;

const anonymize = async (controls: 'full' | 'totals') => {
  const anonymizer = portalAnonymizer(async () => connections.anonymize, mapping, { ...POLICY, controls });
  const { rowsByTable } = await anonymizer.anonymize(randomUUID(), subject, drawToken(randomBytes), {
    mayCommit: async () => {},
  });
  return { rows: rowsChanged({ rowsByTable }) };
};

const rehearseOne = async () => {
  const work = { subject, token: drawToken(randomBytes), most: MAX_REHEARSED_ROWS };
  const policy = { ...POLICY, controls: 'totals' } as const;
  const { refusals, rowsByTable } = await rehearse(async () => connections.anonymize, mapping, policy, work);
  if (refusals.length > 0) throw new Error(`refused: ${refusals.join('; ')}`);
  return { rows: rowsChanged({ rowsByTable }) };
};

/** What a function does, in a process of its own as it would be. */
const WORK: Readonly<Record<string, () => Promise<Record<string, number>>>> = {
  anonymize: () => anonymize('full'),
  'anonymize-totals': () => anonymize('totals'),
  rehearse: rehearseOne,
  async verify() {
    const { residue } = await portalVerifier(async () => connections.verify).verify(subject);
    return { residue };
  },
  async retrieve() {
    let [rows, bytes] = [0, 0];
    for await (const { batches } of portalPostgres(async () => connections.read, mapping).readSubject(subject)) {
      for await (const batch of batches) {
        rows += batch.length;
        bytes += Buffer.from(batch.map((row) => csvRecord(row, true)).join('')).length;
      }
    }
    return { rows, bytes };
  },
};

await measured(WORK[what]!);
