"""Fifty invented persons, and everything that would tell them apart: the canaries of R-01."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """An invented person; no number here belongs to anyone (the year of birth in it is 99 of the next century)."""

    number: int

    @property
    def name(self) -> str:
        return ("Nguyễn Văn Canari", "Trần Thị Hoàng Yến", "Lê Thị Chích Chòe")[self.number % 3]

    @property
    def citizen(self) -> str:
        return f"051399{self.number:06d}"

    @property
    def card(self) -> str:
        return f"2123400{self.number:02d}"

    @property
    def phone(self) -> str:
        return f"09055551{self.number:02d}"

    @property
    def email(self) -> str:
        return f"canary{self.number}@example.vn"

    @property
    def birth(self) -> str:
        return "Ngày sinh: 07/11/1999"

    @property
    def address(self) -> str:
        return f"số {self.number + 1}/7 đường Chim Yến"

    def forms(self) -> list[str]:
        """What a careless column may hold: bare numbers, spaced and full-width digits, sentences."""
        spaced, dotted = " ".join(self.citizen), ".".join((self.citizen[:3], self.citizen[3:6], self.citizen[6:]))
        wide = "".join(chr(ord(digit) + 0xFEE0) for digit in self.citizen)
        return [
            self.citizen, spaced, dotted, wide, f"CCCD số {self.citizen} cấp năm 2022", self.card,
            self.phone, f"liên hệ {self.phone[:4]} {self.phone[4:7]} {self.phone[7:]} để nhận", f"+84{self.phone[1:]}",
            self.email, self.name, f"đề nghị của ông {self.name} về việc cấp đổi", self.birth,
            f"thửa đất tại {self.address}",
        ]  # fmt: skip

    def canaries(self) -> list[str]:
        """The pieces that may stand nowhere, without blanks and dots, in small letters."""
        return [
            self.citizen,
            self.card,
            self.phone,
            self.phone[1:],
            self.email,
            squeeze(self.name),
            "07/11/1999",
            "chimyến",
        ]


PEOPLE = [Person(number) for number in range(50)]


def squeeze(text: str) -> str:
    """Small letters without blanks, dots and dashes, digits plain: however a canary is written, it is found."""
    plain = "".join(chr(ord(c) - 0xFEE0) if "０" <= c <= "９" else c for c in text)
    return "".join(c for c in plain.lower() if c not in " .-\u00a0")
