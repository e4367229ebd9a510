"""Columns whose very name says that they hold personal data."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from ioc.words.letters import fold

PERSONAL_NAMES = re.compile(
    r"(^|_)(ho_ten|hoten|ho_va_ten|cccd|cmnd|can_cuoc|so_dinh_danh|dinh_danh_ca_nhan|dien_thoai|sdt|so_dt|di_dong|"
    r"ngay_sinh|nam_sinh|dia_chi|noi_o|thuong_tru|tam_tru|email|e_mail|thu_dien_tu|gioi_tinh|dan_toc|ton_giao|"
    r"phone|mobile|full_name|fullname|citizen_id|national_id|identity_card|date_of_birth|birth_date|birthday|dob|"
    r"home_address|passport|ho_chieu|bien_so)(_|$)"
)


def personal_column(name: str) -> bool:
    """Whether a column name or heading speaks of a person (Họ tên, CCCD, phone, date_of_birth ...)."""
    return PERSONAL_NAMES.search(re.sub(r"[^a-z0-9]+", "_", fold(name))) is not None


def refuse_personal(asked: Mapping[str, str], reasoned: Collection[str]) -> None:
    """Raise ValueError for a column (name: heading) that speaks of a person and has no written reason."""
    for name, heading in asked.items():
        if name not in reasoned and (personal_column(name) or personal_column(heading)):
            raise ValueError(
                f"column '{name}' names personal data, which is never read; leave it out, or say in personal_reason"
                " why it holds none"
            )
