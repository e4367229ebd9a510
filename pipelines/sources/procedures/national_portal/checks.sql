-- portal_key_once
SELECT dossier_code FROM core.portal_dossier GROUP BY dossier_code HAVING count(*) > 1;
