-- linh_vuc -> core.sector_count
-- One wide row a unit and month; a count that a unit does not keep is NULL.
SELECT don_vi__unit AS unit_code, ngay AS counted_on,
  ho_tich_so_hoa AS civil_records_digitised, ho_tich AS civil_records, so_suc_khoe AS health_records,
  dan_so AS population, truong_dung_nen_tang AS schools_on_platform, truong_hoc AS schools,
  dn_hoa_don_dt AS einvoice_enterprises, doanh_nghiep AS enterprises, kios_chay AS kiosks_up, kios AS kiosks,
  dang_vien_du AS party_members_complete, dang_vien AS party_members, to_cns AS teams, thanh_vien_to AS team_members,
  nguoi_duoc_giup AS people_helped, co_tai_khoan AS adults_with_account, nguoi_lon AS adults,
  co_chu_ky_so AS adults_with_signature, co_dinh_danh AS adults_with_identity,
  gd_khong_tien_mat AS payments_cashless, giao_dich AS payments, nhan_khau_lam_sach AS population_clean, _file
FROM staged;

-- dat_dai -> core.land_count
-- The land register is slow: a quarter arrives about eight weeks after its end.
SELECT don_vi__unit AS unit_code, ngay AS counted_on,
  thua_hoan_thien AS parcels_complete, thua_dat AS parcels, _file
FROM staged;

-- thon_trang -> core.village_gap
SELECT ma_thon AS village_code, ten_thon AS village_name, don_vi__unit AS unit_code, thieu_dien AS lacks_power,
  thieu_song AS lacks_signal, tu_ngay AS since_on, het_ngay AS solved_on, _file
FROM staged;
