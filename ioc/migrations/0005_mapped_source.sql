-- What mapped sources bring beside the tables there are: the steps of a dossier, and units of another register.
CREATE TABLE core.dossier_event (        -- one step of one dossier, numbered in the order of time
  dossier_code VARCHAR, event_number INTEGER, activity VARCHAR, group_code VARCHAR, happened_at TIMESTAMP,
  source VARCHAR, load_id VARCHAR, known_at TIMESTAMP
);
CREATE TABLE core.foreign_unit (         -- units that are not of the province: their numbers stand apart and never add to its own
  unit_code VARCHAR,               -- scheme:code, as in gso:Ha Noi, iso3:VNM
  unit_level VARCHAR,              -- country | region | province ...; numbers add up within one level only
  name VARCHAR, parent_code VARCHAR,
  source VARCHAR, load_id VARCHAR, known_at TIMESTAMP
);
