-- thu_tuc -> core.procedure
SELECT ma_thu_tuc AS procedure_code, ten AS name, linh_vuc AS field_name,
  CASE cap_thuc_hien WHEN 'TINH' THEN 'province' ELSE 'commune' END AS handled_at,
  CASE muc_do WHEN 'TOAN_TRINH' THEN 'full' WHEN 'MOT_PHAN' THEN 'partial' ELSE 'info' END AS service_level,
  du_dieu_kien_toan_trinh AS is_full_eligible, tich_hop_dvcqg AS is_integrated, co_phi AS has_fee,
  ket_qua_van_ban AS has_paper_result, thoi_han_ngay AS allowance_days, $province AS unit_code,
  hieu_luc_tu AS valid_from, hieu_luc_den AS valid_to
FROM staged;

-- ho_so -> core.dossier
-- An agency counts for its commune, a department for itself; a closed office whose commune was divided, for the province.
SELECT ma_ho_so AS dossier_code, ma_thu_tuc AS procedure_code, ma_co_quan AS agency_code,
  coalesce(ma_co_quan__unit, ma_xa_co_quan__unit, $province) AS unit_code,
  coalesce(ma_co_quan_tiep_nhan__unit, ma_co_quan_tiep_nhan) AS receiving_unit_code,
  ma_xa_nguoi_nop__unit AS applicant_unit_code, ma_xa_nguoi_nop AS applicant_unit_code_then,
  CASE kenh_thuc_hien WHEN 1 THEN 'direct' WHEN 2 THEN 'online' ELSE 'post' END AS channel,
  CASE trang_thai WHEN 1 THEN 'new' WHEN 2 THEN 'accepted' WHEN 3 THEN 'refused' WHEN 4 THEN 'processing'
    WHEN 5 THEN 'supplement' WHEN 6 THEN 'payment' WHEN 7 THEN 'withdrawn' WHEN 8 THEN 'stopped'
    WHEN 9 THEN 'done' ELSE 'returned' END AS status,
  trang_thai IN (9, 10) AS is_settled,
  ngay_nop AS received_at, ngay_tiep_nhan AS accepted_at, ngay_hen_tra_goc AS due_original_at,
  ngay_hen_tra AS due_current_at, ngay_ket_thuc_xu_ly AS finished_at, ngay_tra AS returned_at,
  CAST(ngay_nop + INTERVAL 7 HOUR AS DATE) AS received_on, CAST(ngay_tiep_nhan + INTERVAL 7 HOUR AS DATE) AS accepted_on,
  CAST(ngay_hen_tra_goc + INTERVAL 7 HOUR AS DATE) AS due_original_on,
  CAST(ngay_hen_tra + INTERVAL 7 HOUR AS DATE) AS due_current_on,
  CAST(ngay_ket_thuc_xu_ly + INTERVAL 7 HOUR AS DATE) AS finished_on,
  co_nghia_vu_tai_chinh AS is_fee_due, thanh_toan_truc_tuyen AS is_paid_online, thuoc_dien_so_hoa AS is_digitisation_due,
  da_so_hoa AS is_digitised, co_ket_qua_van_ban AS is_result_due, co_ket_qua_dien_tu AS is_e_result,
  tai_su_dung AS is_reused, so_lan_gia_han AS extension_count, so_ngay_tam_dung AS pause_days,
  greatest(0, f.working_index - r.working_index - coalesce(so_ngay_tam_dung, 0)) AS working_days,
  ngay_dong_bo AS synced_at, cap_nhat_luc AS updated_at
FROM staged
LEFT JOIN calendar_day r ON r.day = CAST(coalesce(ngay_tiep_nhan, ngay_nop) + INTERVAL 7 HOUR AS DATE)
LEFT JOIN calendar_day f ON f.day = CAST(ngay_ket_thuc_xu_ly + INTERVAL 7 HOUR AS DATE);

-- danh_gia -> core.rating
SELECT s.ma_danh_gia AS rating_code, s.ma_ho_so AS dossier_code, coalesce(d.unit_code, $province) AS unit_code,
  s.muc AS level, s.luc AS rated_at, CAST(s.luc + INTERVAL 7 HOUR AS DATE) AS rated_on
FROM staged s LEFT JOIN core.dossier d ON d.dossier_code = s.ma_ho_so;
