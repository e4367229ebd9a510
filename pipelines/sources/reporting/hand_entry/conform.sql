-- so_lieu -> core.report_value
SELECT ma_chi_tieu AS field_code, ma_don_vi__unit AS unit_code, ky AS period, gia_tri AS value,
  thuc_hien AS numerator, ke_hoach AS denominator, '=' AS comparator,
  CASE tinh_chat WHEN 'CHINH_THUC' THEN 'final' WHEN 'UOC' THEN 'estimated' ELSE 'provisional' END AS quality,
  so_van_ban AS document_ref, CAST(NULL AS DATE) AS due_on, nop_luc AS submitted_at,
  CAST(nop_luc + INTERVAL 7 HOUR AS DATE) AS submitted_on
FROM staged;
