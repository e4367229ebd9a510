-- months -> core.platform_count
-- One wide row a unit and month; a count that a unit does not keep is NULL.
SELECT don_vi__unit AS unit_code, ngay AS counted_on,
  lgsp_luot_loi AS lgsp_errors, lgsp_luot_goi AS lgsp_calls, lgsp_duoi_1_giay AS lgsp_fast_calls,
  lgsp_dich_vu_chay AS lgsp_services_up, lgsp_dich_vu AS lgsp_services, ttdl_phut_chay AS datacentre_minutes_up,
  ttdl_phut AS datacentre_minutes, ttdl_da_dung AS storage_used_tb, ttdl_dung_luong AS storage_tb,
  httt_duyet_cap_do AS systems_approved, httt AS systems, phien_hop AS meetings, tin_dung_han AS news_on_time,
  tin_phai_dang AS news_due, ioc_phut_chay AS ioc_minutes_up, ioc_phut AS ioc_minutes,
  ioc_lanh_dao_dung AS leaders_using, ioc_lanh_dao AS leaders, ai_can_bo_hoi AS ai_officer_questions,
  ai_tu_tra_loi AS ai_self_answered, ai_nguoi_dan_hoi AS ai_citizen_requests, ai_sai_sot AS ai_errors_found,
  ai_kiem_tra AS ai_checks, ai_phut_chay AS ai_minutes_up, ai_phut AS ai_minutes, dlm_cong_bo AS open_sets_published,
  dlm_phai_cong_bo AS open_sets_due, dlm_cap_nhat_han AS open_sets_fresh, bc_dong_bo AS report_fields_synced,
  bc_chi_tieu AS report_fields, ttra_xong AS inspections_done, ttra_ke_hoach AS inspections_due,
  ttra_da_xu_ly AS findings_closed, ttra_kien_nghi AS findings, gt_camera_phut_chay AS traffic_camera_minutes_up,
  gt_camera_phut AS traffic_camera_minutes, vb_den_dung_han AS documents_on_time, vb_den AS documents_received,
  vb_di_dien_tu AS documents_electronic, vb_di AS documents_sent, thu_dang_dung AS mail_active,
  thu_tai_khoan AS mail_accounts, mang_phut_chay AS network_minutes_up, mang_phut AS network_minutes,
  mang_ket_noi AS network_linked, mot_cua_dung AS one_stop_used, ma_dinh_danh AS agency_coded,
  cts_sap_het AS certificates_expiring, cts_hieu_luc AS certificates_valid, kn_da_hoc AS skills_trained,
  kn_muc_tieu AS skills_due, diem_cau_kn AS skills_sites, camera_phut_chay AS camera_minutes_up,
  camera_phut AS camera_minutes
FROM staged;
