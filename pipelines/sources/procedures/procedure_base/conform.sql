-- months -> core.procedure_count
-- One wide row a unit and month; a count that a unit does not keep is NULL.
SELECT don_vi__unit AS unit_code, ngay AS counted_on,
  cong_bo_dung_han AS announced_on_time, cong_bo AS announced, cong_khai_dung_han AS published_on_time,
  cong_khai AS published_due, du_bo_phan AS procedures_complete, da_cong_khai AS procedures_public,
  dvc_co_ho_so AS online_services_used, dvc_truc_tuyen AS online_services, phi_tich_hop AS fee_integrated,
  tthc_co_phi AS fee_procedures, phi_co_giao_dich AS fee_paid_online, tthc_noi_dan_cu AS citizen_procedures_linked,
  tthc_cong_dan AS citizen_procedures, pakn_dung_han AS petitions_on_time, pakn AS petitions,
  pakn_hai_long AS petitions_satisfied, kq_vao_kho AS e_results_stored, kq_dien_tu AS e_results,
  hs_noi_dan_cu AS citizen_dossiers_linked, hs_cong_dan AS citizen_dossiers, chung_thuc_dien_tu AS e_certified_copies
FROM staged;
