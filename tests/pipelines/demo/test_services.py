"""The REST services and the broker over real HTTP: paging, order, planted faults."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from pipelines.demo import DemoSystems

Rows = list[dict[str, Any]]


def numbered(client: httpx.Client, path: str, **query: Any) -> Rows:
    size = "page_size" if path.startswith("/portal") else "size"
    found: Rows = []
    page = 1
    while True:
        body = client.get(path, params={"page": page, size: 777, **query}).raise_for_status().json()
        found += body["items"]
        if page >= body.get("pages", body.get("total_pages", 0)):
            assert len(found) == body["total"]
            return found
        page += 1


def linked(client: httpx.Client, path: str) -> Rows:
    found: Rows = []
    following: str | None = f"{path}?limit=300"
    while following:
        answer = client.get(following).raise_for_status()
        found += answer.json()["data"]
        following = answer.json()["next"]
        assert (following is None) == ("next" not in answer.links)
    return found


def planted(systems: DemoSystems) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((systems.folder / "planted.json").read_text(encoding="utf-8"))
    return found


def test_portal_has_planted_loss_and_duplicates(systems: DemoSystems, client: httpx.Client) -> None:
    rows = numbered(client, "/portal/ho-so")
    truth = planted(systems)
    arrived = {row["ma_ho_so"] for row in rows}
    assert truth["portal_lost"]
    assert not arrived & set(truth["portal_lost"])
    doubled = {row["ma_ho_so"] for row in rows if row["ma_ban_ghi"].endswith("-2")}
    assert doubled
    assert doubled <= set(truth["portal_duplicates"])
    assert len({row["ma_ban_ghi"] for row in rows}) == len(rows)
    assert rows == sorted(rows, key=lambda row: (row["thoi_diem_den"], row["ma_ban_ghi"]))
    statement = "SELECT ma_ho_so FROM ho_so WHERE ngay_nop >= '2025-07-01'"
    with systems.one_stop.engine.connect() as connection:
        ours = {row[0] for row in connection.exec_driver_sql(statement)}
    missing = ours - arrived - set(truth["portal_lost"])
    assert len(missing) < 0.01 * len(ours)  # still in the queue
    stop = truth["portal_delays"][-1]
    assert not [row for row in rows if stop["from"] <= row["thoi_diem_den"] < stop["to"]]


def test_portal_pull_since_a_moment(client: httpx.Client) -> None:
    since = "2026-06-10T00:00:00+07:00"
    rows = numbered(client, "/portal/ho-so", updated_since=since)
    assert rows
    assert all(row["thoi_diem_den"] >= since for row in rows)


def test_submissions_follow_their_links_and_show_what_is_planted(systems: DemoSystems, client: httpx.Client) -> None:
    rows = linked(client, "/reporting/submissions")
    assert len({row["ma_nop"] for row in rows}) == len(rows)
    state = {(row["ma_bao_cao"], row["ma_don_vi"], row["ky"]): row for row in rows}
    truth = planted(systems)
    for entry in truth["missing_reports"]:
        assert state[entry["report"], entry["unit"], entry["period"]]["nop_luc"] is None
    for entry in truth["late_reports"]:
        assert state[entry["report"], entry["unit"], entry["period"]]["trang_thai"].endswith("_QUA_HAN")
    june = [row for row in rows if row["ky"] == "2026-06.d09"]
    assert len(june) == 108
    assert {row["han_nop"] for row in june} == {"2026-06-17"}
    assert {row["trang_thai"] for row in june} <= {"CHUA_BAT_DAU", "NHAP", "DA_NOP"}


def test_values_keep_the_comparator(client: httpx.Client) -> None:
    rows = linked(client, "/reporting/values")
    assert {row["so_sanh"] for row in rows if row["ma_chi_tieu"] == "his_coverage"} == {">"}
    assert {row["ma_chi_tieu"] for row in rows} >= {"fdi_registered", "new_enterprises", "health_insurance_rate"}


def test_field_reports_by_cursor(client: httpx.Client) -> None:
    found: Rows = []
    cursor: str | None = None
    while True:
        body = client.get("/feedback/reports", params={"limit": 2000} | ({"cursor": cursor} if cursor else {})).json()
        found += body["data"]
        cursor = body["next_cursor"]
        if cursor is None:
            break
    assert len({row["ma_phan_anh"] for row in found}) == len(found)
    assert 25 <= len(found) / 730 <= 60
    done = [row for row in found if row["hoan_thanh_luc"]]
    assert 0.92 < sum(row["hoan_thanh_luc"] <= row["han_xu_ly"] for row in done) / len(done) < 0.96


def test_tasks_give_the_quoted_shares(systems: DemoSystems, client: httpx.Client) -> None:
    rows = numbered(client, "/tasks")
    quarter = [
        row
        for row in rows
        if row["nguon_giao"] == "TW" and "2025-07-01" <= (row["han_hoan_thanh"] or "") <= "2025-09-30"
    ]
    done = [row for row in quarter if row["ngay_hoan_thanh"] and row["ngay_hoan_thanh"] <= "2025-09-30"]
    assert (len(quarter), len(done)) == (138, 130)
    truth = {(entry["origin"], entry["period"]): entry for entry in planted(systems)["tasks"]}
    assert truth["TINH", "2025-Q3"]["done"] == 44
    assert all((row["trang_thai"] == "THUONG_XUYEN") == (row["han_hoan_thanh"] is None) for row in rows)


def test_over_claimers_stand_out(systems: DemoSystems, client: httpx.Client) -> None:
    rows = [row for row in numbered(client, "/assessments") if row["ky"] == "2026-Q1"]
    gap: dict[str, list[float]] = {}
    for row in rows:
        gap.setdefault(row["ma_don_vi"], []).append(row["tu_cham"] - row["tham_dinh"])
    worst = sorted(gap, key=lambda unit: -sum(gap[unit]) / len(gap[unit]))[:5]
    assert set(worst) == {entry["unit"] for entry in planted(systems)["over_claimers"]}


def test_counts_show_the_villages_without_broadband(client: httpx.Client) -> None:
    rows = [row for row in numbered(client, "/system-counts") if row["ngay"] == "2026-05-31"]
    missing = [row["tong_so"] - row["so_dat"] for row in rows if row["chi_so"] == "BANG_RONG"]
    assert (sum(missing), sum(1 for count in missing if count)) == (21, 5)
    assert sum(row["so_dat"] for row in rows if row["chi_so"] == "CHUNG_THU_SO") > 5200


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/tasks?size=0", 400),
        ("/tasks?page=x", 400),
        ("/portal/ho-so?updated_since=yesterday", 400),
        ("/feedback/reports?cursor=zzz", 400),
        ("/ngsi-ld/v1/entities?type=Weather", 400),
        ("/nothing", 404),
        ("/ngsi-ld/v1/entities/urn:ngsi-ld:RoadSegment:NOPE", 404),
    ],
)
def test_wrong_questions_get_a_clear_answer(client: httpx.Client, target: str, status: int) -> None:
    answer = client.get(target)
    assert answer.status_code == status
    assert answer.json()


def test_a_list_that_is_being_paged_stands_still(systems: DemoSystems) -> None:
    """While page 1 has been read, time passes; page 2 continues the same list."""
    from datetime import timedelta

    from tests.pipelines.demo.conftest import NOW

    moment = [NOW]
    with systems.running(lambda: moment[0]) as ports, httpx.Client(base_url=ports["base_url"]) as http:
        first = http.get("/tasks", params={"size": 1000}).json()
        moment[0] = NOW + timedelta(days=40)
        second = http.get("/tasks", params={"size": 1000, "page": 2}).json()
        assert second["total"] == first["total"]
        codes = [row["ma_nhiem_vu"] for row in first["items"] + second["items"]]
        assert len(codes) == len(set(codes))
        assert http.get("/tasks", params={"size": 1000}).json()["total"] > first["total"]
