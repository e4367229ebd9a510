-- tasks -> core.task
SELECT ma_nhiem_vu AS task_code, tieu_de AS title, ma_don_vi__unit AS unit_code,
  CASE nguon_giao WHEN 'TW' THEN 'central' WHEN 'TINH' THEN 'province' ELSE 'resolution57' END AS origin,
  co_thoi_han AS is_time_bound, ngay_giao AS assigned_on, han_hoan_thanh AS due_on, ngay_hoan_thanh AS completed_on,
  tien_do AS progress,
  CASE trang_thai WHEN 'HOAN_THANH_DUNG_HAN' THEN 'done_on_time' WHEN 'HOAN_THANH_QUA_HAN' THEN 'done_late'
    WHEN 'DANG_THUC_HIEN' THEN 'in_progress' WHEN 'QUA_HAN' THEN 'overdue' WHEN 'CO_NGUY_CO_CHAM' THEN 'at_risk'
    WHEN 'CHUA_BAT_DAU' THEN 'not_started' ELSE 'standing' END AS status,
  nullif(trim(minh_chung), '') AS evidence_ref,
  cap_nhat_luc AS updated_at
FROM staged;

-- assessments -> core.assessment
SELECT ma_tieu_chi AS criterion_code, ma_don_vi__unit AS unit_code, ky AS period, tu_cham AS self_value,
  tham_dinh AS verified_value, cuoi_cung AS final_value, minh_chung AS evidence_ref,
  CASE trang_thai WHEN 'TU_CHAM' THEN 'self' WHEN 'THAM_DINH' THEN 'verified' ELSE 'final' END AS status,
  cham_luc AS assessed_at, CAST(cham_luc + INTERVAL 7 HOUR AS DATE) AS assessed_on
FROM staged;

-- system_counts -> core.system_count
SELECT CASE chi_so WHEN 'VB_KY_SO' THEN 'signed_documents' WHEN 'CHUNG_THU_SO' THEN 'certificate' WHEN 'SSO' THEN 'sso'
    WHEN 'TO_CNS' THEN 'community_team' WHEN 'BANG_RONG' THEN 'broadband' ELSE 'video_endpoint' END AS metric_code,
  ma_don_vi__unit AS unit_code, ngay AS counted_on, so_dat AS count_value, tong_so AS total_value
FROM staged;
