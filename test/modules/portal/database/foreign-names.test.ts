import { globSync, readFileSync } from 'node:fs';
import { escapeIdentifier } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PortalDatabaseServer, startPortalDatabase } from '../../../../local/portal-database/portal-database.ts';
import type { PortalMapping } from '../../../../modules/portal/mapping/mapping.ts';
import { createOwnPortal, OWN_MAPPING } from '../../../support/own-portal.ts';

let server: PortalDatabaseServer;
beforeAll(async () => {
  server = await startPortalDatabase({ people: { users: [], devices: [] }, days: 1 });
});
afterAll(() => server.stop());

/** Columns that every table has. */
const SYSTEM = ['tableoid', 'ctid', 'xmin', 'xmax', 'cmin', 'cmax'];

/** Every word in the SQL of the Portal's code: aliases, columns of subqueries, functions. */
const words = () => {
  const sources = globSync('modules/portal/**/*.ts').map((file) => readFileSync(file, 'utf8'));
  const statements = sources.flatMap((text) =>
    (text.match(/`[^`]*`|'[^'\n]*'/g) ?? []).filter((one) => /\b(SELECT|FROM|JOIN|UPDATE|AS)\b/.test(one)),
  );
  const all = statements.flatMap((one) => one.replaceAll(/\$\{[^}]*\}/g, ' ').match(/\b[a-z_][a-z0-9_]*\b/g) ?? []);
  const more = ['r', 'row', 'n', 'value', 'key', 'data', 'id', 'count', 'v0', 'u0', 'j0_0', 'held', 'old'];
  return [...new Set([...all, ...more])].filter((word) => !SYSTEM.includes(word));
};

/** What a schema that is looked at first calls as PostgreSQL calls its own. */
const SHADOWS = `
  CREATE SCHEMA evil; GRANT USAGE ON SCHEMA evil TO PUBLIC;
  CREATE FUNCTION evil.lower(text) RETURNS text LANGUAGE sql RETURN 'nobody'::text;
  CREATE FUNCTION evil.substr(text, int) RETURNS text LANGUAGE sql RETURN 'nobody'::text;
  CREATE FUNCTION evil.strpos(text, text) RETURNS int LANGUAGE sql RETURN 0;
  CREATE FUNCTION evil.concat_ws(text, VARIADIC text[]) RETURNS text LANGUAGE sql RETURN ''::text;
  CREATE FUNCTION evil.octet_length(text) RETURNS int LANGUAGE sql RETURN 1 / 0;
  CREATE FUNCTION evil.hashtextextended(text, bigint) RETURNS bigint LANGUAGE sql RETURN 1 / 0;
  CREATE FUNCTION evil.format(text, VARIADIC text[]) RETURNS text LANGUAGE sql RETURN ''::text;
  CREATE FUNCTION evil.never(text, text) RETURNS boolean LANGUAGE sql RETURN false;
  CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.never);
  CREATE DOMAIN evil.xml AS text CHECK (VALUE IS NULL); CREATE DOMAIN evil.oid AS text;
  CREATE VIEW evil.pg_class AS SELECT 1 AS oid; CREATE VIEW evil.pg_attribute AS SELECT 1 AS attnum;
  GRANT SELECT ON ALL TABLES IN SCHEMA evil TO PUBLIC;
  DO $$DECLARE role text; BEGIN FOREACH role IN ARRAY ARRAY['gdpr_read', 'gdpr_anonymize', 'gdpr_verify'] LOOP
    EXECUTE format('ALTER ROLE %I IN DATABASE %I SET search_path = evil, p, pg_catalog', role, current_database());
  END LOOP; END$$;`;

describe('names that the schema of a customer has in common with our SQL', () => {
  it('capture none of ours, as columns, tables, functions, operators or types (C28, R15)', async () => {
    const names = words();
    expect(names).toEqual(expect.arrayContaining(['t', 'new', 'wanted', 'login', 'document', 'leaf']));
    const columns = names.map(escapeIdentifier);
    const filled = (who: string) => names.map((name) => (name === 't' ? `'${who}'` : `'${who} in ${name}'`));
    const mapping: PortalMapping = {
      ...OWN_MAPPING,
      identity: [
        {
          holds: 'user',
          table: 'p.t',
          key: 'key',
          columns: { name: 't', fullName: 'value', sid: 'data' },
          via: [{ steps: [{ table: 'p.t', on: ['id', 'id'] }], columns: { serial: 'j0_0' } }],
          links: [{ table: 'p.t', column: 'new' }],
        },
      ],
      tables: [
        {
          table: 'p.t',
          key: ['key'],
          names: [{ column: 't', holds: 'user' }],
          coIdentifiers: [{ column: 'row', beside: 't' }],
          freeText: names.filter((name) => name !== 't' && name !== 'row'),
          json: [],
          arrays: [],
        },
      ],
      files: [
        {
          file: 't',
          from: 'p.t',
          joins: [{ table: 'p.users', on: [['name', 't']] }],
          columns: [{ header: 't', column: 't' }],
        },
      ],
    };
    const portal = await createOwnPortal(
      server,
      `CREATE TABLE p.t (${columns.map((name) => `${name} text`).join(', ')});
       INSERT INTO p.t VALUES (${filled('jdoe').join(', ')}), (${filled('asmith').join(', ')});
       CREATE TABLE p.new (t int); CREATE TABLE p.wanted (t int); CREATE TABLE p.sample (t int); CREATE TABLE p.u0 (t int);
       ${SHADOWS}`,
      mapping,
    );
    try {
      const others = async () =>
        (await portal.owner.query("SELECT to_json(t)::text FROM p.t t WHERE t.t = 'asmith'")).rows;
      const before = await others();
      const jdoe = { kind: 'user', name: 'jdoe' } as const;

      const { tables, unmapped } = await portal.preview(jdoe);
      expect([tables.map(({ rows }) => rows), unmapped]).toEqual([[1], []]);
      expect(await portal.retrieve(jdoe)).toEqual(['t: jdoe']);
      const { rows, verified } = await portal.anonymize(jdoe);

      expect([rows, verified.residue]).toEqual([1, 0]);
      expect(await others()).toEqual(before);
      const left = await portal.owner.query("SELECT FROM p.t t WHERE (t.*)::text LIKE '%jdoe%'");
      expect([before.length, left.rowCount]).toEqual([1, 0]);
    } finally {
      await portal.drop();
    }
  });
});
