"""P-15, P-16: Vietnamese in every lettering that arrives; one unit, or a refusal, never a garbled letter in core."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from pipelines.lettering import SUSPECT, TCVN3, VNI, from_tcvn3, from_vni, guess_lettering, is_syllable
from pipelines.run import RunContext, run_source
from pipelines.spec import DatasetSpec
from tests.pipelines.places import REGISTRY, count, open_run
from tests.pipelines.test_files_source import ROW, write_csv

NAMES = [unicodedata.normalize("NFC", unit.full_name) for unit in (*REGISTRY.communes(), *REGISTRY.agencies())]
TO_TCVN3 = {meant: given for given, meant in TCVN3.items()}
TO_VNI = {meant: given for given, meant in reversed(list(VNI.items()))}


def as_tcvn3(text: str) -> str:
    """Capital letters with a tone have the code of the small one in TCVN3; a font of capitals shows them."""
    return "".join(TO_TCVN3.get(char, TO_TCVN3.get(char.lower(), char)) for char in text)


def as_vni(text: str) -> str:
    return "".join(TO_VNI.get(char, char) for char in text)


def as_mojibake(text: str) -> str:
    return text.encode().decode("latin-1")


def test_p16_known_examples() -> None:
    """The examples of FAULTS 3.1."""
    assert from_tcvn3("ñy ban nh©n d©n x· Hßa B×nh") == "ủy ban nhân dân xã Hòa Bình"
    assert from_vni("UÛy ban nhaân daân") == "Ủy ban nhân dân"
    assert guess_lettering("XÃ£ HÃ²a") == "mojibake"
    assert guess_lettering("Xã H\ufffda Bình") == "broken"


@pytest.mark.parametrize(
    ("form", "write"), [("tcvn3", as_tcvn3), ("vni", as_vni), ("mojibake", as_mojibake), ("unicode", str)]
)
def test_p16_the_lettering_of_every_unit_name_is_told(form: str, write: object) -> None:
    """All communes and agencies of the province in four letterings; none is taken for another."""
    wrong = [name for name in NAMES if (text := write(name)) != name or form == "unicode"  # type: ignore[operator]
             if guess_lettering(text) != form]  # fmt: skip
    assert wrong == []


@pytest.mark.parametrize("text", ["Müller & Söhne", "São Paulo", "5 m² × 3", "café", "Hồ sơ số ½", "€ 20"])
def test_p16_other_languages_are_no_lettering(text: str) -> None:
    assert guess_lettering(text) == "unicode"


@pytest.mark.parametrize("word", ["nghiêng", "quá", "hoà", "hòa", "giữa", "khuya", "uống", "yếu", "thuở", "quý"])
def test_syllables_with_their_tone_where_it_belongs(word: str) -> None:
    assert is_syllable(word)


@pytest.mark.parametrize("word", ["Xaõ", "Phuùc", "nhaân", "Quyù", "nh©n", "daân"])
def test_what_is_no_syllable(word: str) -> None:
    assert not is_syllable(word)


def names_of(ctx: RunContext) -> dict[str, str]:
    return dict(ctx.warehouse.cursor().execute("SELECT unit_code, document_ref FROM core.report_value").fetchall())


def declared(ctx: RunContext, lettering: str) -> RunContext:
    """The report files with a declared lettering."""
    source = ctx.specs["report_files"]
    dataset: DatasetSpec = source.datasets["so_lieu"].model_copy(update={"lettering": lettering})
    ctx.specs["report_files"] = source.model_copy(update={"datasets": {"so_lieu": dataset}})  # type: ignore[index]
    return ctx


@pytest.mark.parametrize(("form", "write"), [("tcvn3", as_tcvn3), ("vni", as_vni)])
def test_p16_a_declared_lettering_is_transcoded_and_an_undeclared_one_refused(
    tmp_path: Path, form: str, write: object
) -> None:
    """The same file twice: refused with rule `lettering`, then with the declared form matched to the right communes."""
    chosen = [unit for unit in REGISTRY.communes() if write(unit.full_name) != unit.full_name][:12]  # type: ignore[operator]
    rows = [["", write(unit.full_name), *ROW[2:]] for unit in chosen]  # type: ignore[operator]
    write_csv(tmp_path / "inbox" / "a.csv", rows)
    text = (tmp_path / "inbox" / "a.csv").read_text(encoding="utf-8-sig")
    (tmp_path / "inbox" / "a.csv").write_text(text, encoding="utf-8-sig", newline="")
    with open_run(tmp_path / "plain", {"report_files": {"path": str(tmp_path / "inbox")}}) as ctx:
        result = run_source("report_files", ctx)
        assert (result.rows_good, result.rows_refused) == (0, len(chosen))
        assert count(ctx, "SELECT DISTINCT rule FROM ops.quarantine") == "lettering:ten_don_vi"
        assert names_of(ctx) == {}
    with open_run(tmp_path / "told", {"report_files": {"path": str(tmp_path / "inbox")}}) as ctx:
        result = run_source("report_files", declared(ctx, form))
        assert (result.rows_good, result.rows_refused) == (len(chosen), 0)
        assert set(names_of(ctx)) == {unit.code for unit in chosen}


def test_p16_no_garbled_letter_reaches_core(tmp_path: Path) -> None:
    """Titles in four letterings: only the Unicode one is in core, the others stand refused."""
    title = "Quyết định về kế hoạch phát triển kinh tế xã hội"
    box = tmp_path / "inbox"
    for number, write in enumerate((str, as_tcvn3, as_vni, as_mojibake)):
        write_csv(box / f"{number}.csv", [[*ROW[:2], f"f{number}", *ROW[3:]]])
        body = (box / f"{number}.csv").read_text(encoding="utf-8-sig").replace("88/BC-VP", write(title))
        (box / f"{number}.csv").write_text(body, encoding="utf-8-sig", newline="")
    with open_run(tmp_path / "home", {"report_files": {"path": str(box)}}) as ctx:
        run_source("report_files", ctx)
        kept = ctx.warehouse.cursor().execute("SELECT field_code, document_ref FROM core.report_value").fetchall()
        assert kept == [("f0", title)]
        assert count(ctx, "SELECT count(*) FROM ops.quarantine WHERE rule = 'lettering:so_van_ban'") == 3
        found = ctx.warehouse.cursor().execute(
            f"SELECT count(*) FROM core.report_value WHERE regexp_matches(document_ref, '{SUSPECT}')"
        )
        assert found.fetchone() == (0,)
