import type { PortalTransaction } from '../database/transaction.ts';
import type { PersonJudge } from '../names/person-judge.ts';
import { needlesOf } from './near.ts';

/** A large object is read in pieces. They overlap, so that a cut cannot hide a name. */
const PIECE_BYTES = 1_048_576;
const OVERLAP_BYTES = 4096;

/** All large objects, and whether this role may read each of them. */
const OBJECTS = `
  SELECT oid::text, (pg_has_role(lomowner, 'USAGE') OR EXISTS (
    SELECT FROM aclexplode(lomacl) AS granted WHERE privilege_type = 'SELECT'
      AND CASE WHEN grantee = 0 THEN true ELSE pg_has_role(grantee, 'USAGE') END))::text
  FROM pg_largeobject_metadata ORDER BY oid`;

const PIECE = `
  SELECT length(piece)::text, CASE WHEN encode(piece, 'hex') ~ $4::text THEN piece::text END
  FROM (SELECT lo_get($1::text::oid, $2::text::bigint, $3::text::int) AS piece OFFSET 0) AS read`;

/** Numbers of large objects with the name, and how many this role may not read. At a cut, a longer word may count as the name. */
export async function largeObjects(transaction: PortalTransaction, judge: PersonJudge): Promise<string[]> {
  const { rows } = await transaction.query(OBJECTS);
  const places: string[] = [];
  for (const [oid, readable] of rows) {
    if (readable === 'true' && (await holdsName(transaction, oid!, judge))) places.push(`large object ${oid}`);
  }
  const closed = rows.filter(([, readable]) => readable !== 'true').length;
  return closed > 0 ? [...places, `${closed} large objects that the role may not read`] : places;
}

async function holdsName(transaction: PortalTransaction, oid: string, judge: PersonJudge): Promise<boolean> {
  const near = needlesOf(judge.texts)?.hex ?? '';
  for (let from = 0; ; from += PIECE_BYTES - OVERLAP_BYTES) {
    const { rows } = await transaction.query(PIECE, [oid, String(from), String(PIECE_BYTES), near]);
    const [length, bytes] = rows[0]!;
    if (bytes && judge.showsInBytes(bytes)) return true;
    if (Number(length) < PIECE_BYTES) return false;
  }
}
