-- What a completed task is proved by: the number of its report or product. NULL: none was given (or the row was read
-- before the source was asked for it; read the tasks again from their beginning to fill it).
ALTER TABLE core.task ADD COLUMN evidence_ref VARCHAR;
