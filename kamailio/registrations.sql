-- Who is registered at an edge, in SQLite: what Kamailio's usrloc 5.6 wants to find, and no index but the one that it goes by. It can be
-- made anew at any time: phones register again.
PRAGMA journal_mode = WAL;

CREATE TABLE version (
  table_name VARCHAR PRIMARY KEY NOT NULL,
  table_version INTEGER NOT NULL
) WITHOUT ROWID;

INSERT INTO version VALUES ('location', 9);

CREATE TABLE location (
  ruid VARCHAR PRIMARY KEY NOT NULL,
  username VARCHAR NOT NULL,
  domain VARCHAR,
  contact VARCHAR NOT NULL,
  received VARCHAR,
  path VARCHAR,
  expires BIGINT NOT NULL,
  q REAL NOT NULL,
  callid VARCHAR NOT NULL,
  cseq INTEGER NOT NULL,
  last_modified BIGINT NOT NULL,
  flags INTEGER NOT NULL,
  cflags INTEGER NOT NULL,
  user_agent VARCHAR,
  socket VARCHAR,
  methods INTEGER,
  instance VARCHAR,
  reg_id INTEGER NOT NULL,
  server_id INTEGER NOT NULL,
  connection_id INTEGER NOT NULL,
  keepalive INTEGER NOT NULL,
  partition INTEGER NOT NULL
) WITHOUT ROWID;
