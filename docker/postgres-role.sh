#!/bin/sh
# At the first start of the database: the ordinary role that Offswitch connects as, and its database. A superuser would pass
# through the walls between organisations (docs/configuration.md, PostgreSQL's role).
set -eu
PGPASSWORD=$(cat /run/secrets/postgres_password)
export PGPASSWORD
psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres <<'SQL'
\getenv password PGPASSWORD
CREATE ROLE offswitch LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD :'password';
CREATE DATABASE offswitch OWNER offswitch;
SQL
