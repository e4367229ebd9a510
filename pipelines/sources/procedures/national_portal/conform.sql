-- ho_so -> core.portal_dossier
SELECT ma_ho_so AS dossier_code, ma_co_quan__unit AS unit_code,
  CASE trang_thai WHEN 1 THEN 'new' WHEN 2 THEN 'accepted' WHEN 3 THEN 'refused' WHEN 4 THEN 'processing'
    WHEN 5 THEN 'supplement' WHEN 6 THEN 'payment' WHEN 7 THEN 'withdrawn' WHEN 8 THEN 'stopped'
    WHEN 9 THEN 'done' ELSE 'returned' END AS status,
  CAST(ngay_tiep_nhan + INTERVAL 7 HOUR AS DATE) AS received_on,
  thoi_diem_den AS arrived_at, CAST(thoi_diem_den + INTERVAL 7 HOUR AS DATE) AS arrived_on,
  trang_thai IN (9, 10) AS is_settled, coalesce(ngay_ket_thuc > ngay_hen_tra, false) AS is_late
FROM staged;
