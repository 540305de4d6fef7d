-- Roles of the Portal database, for its owner or a superuser to run; again after each change of the mapping.
-- Give each role a password of its own afterwards (\password gdpr_read in psql, and so on).

-- 1. Four roles. None owns anything, none may create anything. Their statements and values stay out of the server's log,
-- whatever the server is set to log (R24).
--   gdpr_read       query-portal, preview, discover, check; reads the ledger for close-request
--   gdpr_anonymize  anonymize-portal
--   gdpr_verify     verify-portal
--   gdpr_maintain   maintain-portal; may be left out on AWS, then the certificate says what stays
DO $$
DECLARE
  role text;
  setting text;
BEGIN
  FOREACH role IN ARRAY ARRAY['gdpr_read', 'gdpr_anonymize', 'gdpr_verify', 'gdpr_maintain'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
      EXECUTE format('CREATE ROLE %I LOGIN', role);
    END IF;
    FOREACH setting IN ARRAY ARRAY[
      'log_statement = none', 'log_min_error_statement = panic', 'log_min_messages = panic',
      'log_min_duration_statement = -1', 'log_min_duration_sample = -1', 'log_transaction_sample_rate = 0',
      'log_duration = off', 'log_parameter_max_length = 0', 'log_parameter_max_length_on_error = 0',
      'log_error_verbosity = terse', 'log_lock_waits = off', 'log_temp_files = -1',
      'debug_print_parse = off', 'debug_print_rewritten = off', 'debug_print_plan = off'
    ] LOOP
      EXECUTE format('ALTER ROLE %I SET %s', role, setting);
    END LOOP;
  END LOOP;
END $$;

-- 2. The ledger: one row for each anonymization that was committed. No name, no replacement.
CREATE SCHEMA IF NOT EXISTS {{ledger schema}};
CREATE TABLE IF NOT EXISTS {{ledger}} (
  request_id uuid PRIMARY KEY,
  ran_at timestamptz NOT NULL DEFAULT now(),
  outcome jsonb NOT NULL DEFAULT '{}'
);

-- 3. Reading. All tables: what a role cannot see it cannot vouch for, and it refuses to.
GRANT USAGE ON SCHEMA {{schemas}} TO gdpr_read, gdpr_anonymize, gdpr_verify, gdpr_maintain;
GRANT SELECT ON ALL TABLES IN SCHEMA {{schemas}} TO gdpr_read, gdpr_anonymize, gdpr_verify;
ALTER DEFAULT PRIVILEGES IN SCHEMA {{schemas}} GRANT SELECT ON TABLES TO gdpr_read, gdpr_anonymize, gdpr_verify;

-- Large objects, where there are any, are searched by who may read them; name each, or (PostgreSQL 18) set it beforehand:
-- GRANT SELECT ON LARGE OBJECT 16423 TO gdpr_read, gdpr_anonymize, gdpr_verify;

-- 4. Changing: the mapped columns and no others.
GRANT INSERT, UPDATE ON {{ledger}} TO gdpr_anonymize;
{{changes}}

-- Where a trigger copies what changes, such as a history, the role does it, and rewrites what was copied:
-- GRANT INSERT, UPDATE ON portal.history TO gdpr_anonymize;

-- 5. Refreshing and cleaning. MAINTAIN is known from PostgreSQL 17 on. Before it, gdpr_anonymize must be a member of the
-- role that owns the materialized views, and gdpr_maintain of the one that owns the tables.
DO ${{tag}}$
BEGIN
  IF current_setting('server_version_num')::int < 170000 THEN
    RAISE NOTICE 'PostgreSQL before 17: see the comment on MAINTAIN in this script';
    RETURN;
  END IF;
  EXECUTE ${{tag}}_run$
    {{refreshes}}
    GRANT MAINTAIN ON ALL TABLES IN SCHEMA {{data schemas}} TO gdpr_maintain;
    ALTER DEFAULT PRIVILEGES IN SCHEMA {{data schemas}} GRANT MAINTAIN ON TABLES TO gdpr_maintain;
  ${{tag}}_run$;
END ${{tag}}$;
-- Where pg_stat_statements is loaded:
-- GRANT EXECUTE ON FUNCTION pg_stat_statements_reset TO gdpr_maintain;
