-- phan_anh -> core.field_report
SELECT ma_phan_anh AS report_code, ma_xa__unit AS unit_code,
  CASE linh_vuc WHEN 'HA_TANG' THEN 'infrastructure' WHEN 'MOI_TRUONG' THEN 'environment' WHEN 'GIAO_THONG' THEN 'traffic'
    WHEN 'TRAT_TU_DO_THI' THEN 'urban_order' WHEN 'AN_NINH' THEN 'security' WHEN 'Y_TE' THEN 'health'
    WHEN 'GIAO_DUC' THEN 'education' WHEN 'DIEN_NUOC' THEN 'utilities' ELSE 'other' END AS category,
  CASE trang_thai WHEN 'MOI' THEN 'new' WHEN 'DANG_XU_LY' THEN 'processing' WHEN 'DA_XU_LY' THEN 'resolved'
    ELSE 'refused' END AS status,
  tiep_nhan_luc AS received_at, han_xu_ly AS due_at, hoan_thanh_luc AS resolved_at,
  CAST(tiep_nhan_luc + INTERVAL 7 HOUR AS DATE) AS received_on, CAST(han_xu_ly + INTERVAL 7 HOUR AS DATE) AS due_on,
  CAST(hoan_thanh_luc + INTERVAL 7 HOUR AS DATE) AS resolved_on, hai_long AS satisfaction
FROM staged;
