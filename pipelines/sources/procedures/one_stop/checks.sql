-- dossier_key_once
SELECT dossier_code FROM core.dossier GROUP BY dossier_code HAVING count(*) > 1;

-- dossier_has_unit
SELECT dossier_code FROM core.dossier WHERE unit_code IS NULL;

-- procedures_in_service
SELECT 'no procedure is in service' WHERE (SELECT count(*) FROM core.dossier) > 0 AND (SELECT count(*) FROM core.procedure) = 0;
