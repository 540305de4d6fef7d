-- A reference schema of our own: it stands in for the Portal's database, whose real schema is not public.
-- It holds names in every way that the mapping can describe, and results of all three kinds of metrics.

CREATE SCHEMA portal;

CREATE TABLE portal.users (
  user_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  full_name text,
  sid text,
  upn text,
  email text,
  department text
);
CREATE UNIQUE INDEX users_name ON portal.users (lower(name));

CREATE TABLE portal.devices (
  device_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  device_uid text,
  serial_number text,
  ip_address text,
  mac_address macaddr,
  last_logged_on_user text
);
CREATE UNIQUE INDEX devices_name ON portal.devices (lower(name));

CREATE TABLE portal.metrics (
  metric_id integer PRIMARY KEY,
  name text NOT NULL UNIQUE,
  kind text NOT NULL CHECK (kind IN ('count', 'quantity', 'top')),
  object_type text NOT NULL CHECK (object_type IN ('user', 'device')),
  definition jsonb NOT NULL
);

CREATE TABLE portal.metric_results (
  day date NOT NULL,
  metric_id integer NOT NULL REFERENCES portal.metrics,
  value numeric NOT NULL,
  ratio numeric(5, 4),
  PRIMARY KEY (day, metric_id)
) PARTITION BY RANGE (day);

-- The objects that a count metric counted, day by day: by key, by name and once more inside `details`.
CREATE TABLE portal.count_metric_details (
  day date NOT NULL,
  metric_id integer NOT NULL REFERENCES portal.metrics,
  detail_id bigint NOT NULL,
  user_id bigint REFERENCES portal.users,
  user_name text,
  device_id bigint REFERENCES portal.devices,
  device_name text,
  details jsonb NOT NULL,
  PRIMARY KEY (day, metric_id, detail_id)
) PARTITION BY RANGE (day);
CREATE INDEX count_metric_details_user ON portal.count_metric_details (lower(user_name));
CREATE INDEX count_metric_details_device ON portal.count_metric_details (lower(device_name));

-- What a count metric counted on older days, kept for as long as configured: domain accounts and full device names.
CREATE TABLE portal.count_metric_history (
  history_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  day date NOT NULL,
  metric_id integer NOT NULL REFERENCES portal.metrics,
  account text,
  device_fqdn text
);
CREATE INDEX count_metric_history_account ON portal.count_metric_history (lower(account));

-- The values behind the average, sum or extreme of a quantity metric.
CREATE TABLE portal.quantity_metric_details (
  detail_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  day date NOT NULL,
  metric_id integer NOT NULL REFERENCES portal.metrics,
  user_name text,
  profile_path text,
  device_fqdn text,
  value double precision NOT NULL
);

-- A top metric is a list of objects: the names are its result. `display` holds the columns that its author chose.
CREATE TABLE portal.top_metric_results (
  day date NOT NULL,
  metric_id integer NOT NULL REFERENCES portal.metrics,
  rank integer NOT NULL,
  user_upn text,
  device_name text,
  value double precision NOT NULL,
  display jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (day, metric_id, rank)
);

CREATE TABLE portal.metric_annotations (
  annotation_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  metric_id integer NOT NULL REFERENCES portal.metrics,
  day date NOT NULL,
  note text NOT NULL
);

CREATE TABLE portal.saved_selections (
  selection_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  title text NOT NULL,
  members text[] NOT NULL
);

CREATE MATERIALIZED VIEW portal.user_activity AS
  SELECT user_name, count(DISTINCT day) AS days_seen, count(*) AS results, array_agg(DISTINCT device_name) AS devices
  FROM portal.count_metric_details
  WHERE user_name IS NOT NULL
  GROUP BY user_name;

-- One row per anonymization run, so that a repeat of the same request changes nothing. No name, no token.
CREATE SCHEMA gdpr;

CREATE TABLE gdpr.anonymization_run (
  request_id uuid PRIMARY KEY,
  ran_at timestamptz NOT NULL DEFAULT now(),
  outcome jsonb NOT NULL DEFAULT '{}'
);
