-- so_lieu -> core.official_figure
SELECT ma_chi_tieu AS figure_code, don_vi AS unit_code, ten_don_vi AS unit_name, ky AS period, gia_tri AS value,
  tu_so AS numerator, mau_so AS denominator, CASE so_sanh WHEN '~' THEN '≈' ELSE so_sanh END AS comparator, tinh_trang AS status_text, tu_ngay AS valid_from,
  den_ngay AS valid_to, ngay_biet AS stated_on, noi_cong_bo AS publisher, so_van_ban AS document_ref, cach_tinh AS method,
  xep_loai AS claim_grade, _file
FROM staged;
