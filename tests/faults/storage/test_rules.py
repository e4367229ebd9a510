"""S-14, S-16, S-21: rules of the source text. They look at the product's own Python, whoever wrote it."""

import ast
from pathlib import Path

import pytest

from ioc.warehouse.migrate import find_migrations
from tests.warehouse_fixture import open_warehouse

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = ("ioc", "ioc_cli", "ioc_api", "pipelines", "indicators", "layouts")
SOURCES = [ROOT / "app.py", *(path for name in PACKAGES for path in sorted((ROOT / name).rglob("*.py")))]
MODULE_LEVEL_USE = {
    "sql",
    "execute",
    "query",
    "executemany",
    "from_df",
    "read_csv",
    "read_parquet",
    "cursor",
    "default_connection",
}
READS_A_FILE = {
    "open",
    "read_bytes",
    "read_text",
    "copy",
    "copy2",
    "copyfile",
    "copyfileobj",
    "copytree",
    "file_digest",
    "write_bytes",
    "write_text",
    "checksum",
}


def calls(tree):
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def call_name(node):
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def module_uses(source):
    """Uses of duckdb's one global connection, and connections made while a module is imported."""
    tree = ast.parse(source)
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "duckdb":
            if node.attr in MODULE_LEVEL_USE:
                found.append(f"line {node.lineno}: duckdb.{node.attr}")
        elif isinstance(node, ast.ImportFrom) and node.module == "duckdb":
            found += [f"line {node.lineno}: {name.name}" for name in node.names if name.name in MODULE_LEVEL_USE]
    for statement in tree.body:
        if not isinstance(statement, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
            found += [
                f"line {c.lineno}: connect at import"
                for c in calls(statement)
                if ast.unparse(c.func) == "duckdb.connect"
            ]
    return found


def live_file_reads(source):
    """Calls that open, copy or hash something named after the live database, in code that runs in the
    writer."""
    found = []
    for node in calls(ast.parse(source)):
        if call_name(node) in READS_A_FILE:
            text = ast.unparse(node)
            if "warehouse.duckdb" in text or "warehouse.path" in text or "WAREHOUSE_FILE" in text:
                found.append(f"line {node.lineno}: {text[:80]}")
    return found


@pytest.mark.parametrize("rule", [module_uses, live_file_reads])
def test_s14_s16_no_module_breaks_the_rule(rule):
    found = {str(path.relative_to(ROOT)): rule(path.read_text(encoding="utf-8")) for path in SOURCES}
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_s14_the_writer_module_opens_no_file_at_all():
    tree = ast.parse((ROOT / "ioc" / "warehouse" / "database.py").read_text(encoding="utf-8"))
    names = [call_name(node) for node in calls(tree) if call_name(node) in READS_A_FILE]
    assert names == ["read_text"], "only a .sql file is read"
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert imported.isdisjoint({"shutil", "hashlib", "os"})


def test_the_rules_see_what_they_forbid():
    assert module_uses("import duckdb\ndef f():\n    duckdb.sql('SELECT 1')")
    assert module_uses("from duckdb import execute")
    assert module_uses("import duckdb\nCON = duckdb.connect()")
    assert not module_uses("import duckdb\ndef f():\n    return duckdb.connect('x').execute('SELECT 1')")
    assert live_file_reads("import shutil\nshutil.copyfile(warehouse.path, backup)")
    assert live_file_reads("open(home / 'warehouse' / 'warehouse.duckdb')")


def test_s21_no_index_no_key_in_the_warehouse(tmp_path):
    with open_warehouse(tmp_path) as warehouse:
        cursor = warehouse.cursor()
        assert cursor.execute("SELECT count(*) FROM duckdb_indexes()").fetchone() == (0,)
        kept = cursor.execute("SELECT DISTINCT constraint_type FROM duckdb_constraints()").fetchall()
        assert {row[0] for row in kept} <= {"NOT NULL", "CHECK"}
        named = cursor.execute("SELECT count(*) FROM duckdb_columns() WHERE lower(column_name) = 'at'").fetchone()
        assert named == (0,)


def test_s21_ddl_in_migrations_only():
    """Lasting tables are made by migrations and, in a version's own file, by publish; everything else is
    TEMP."""
    allowed = {"ioc/published/build.py"}
    words = (
        "CREATE TABLE",
        "CREATE OR REPLACE TABLE",
        "ALTER TABLE",
        "CREATE INDEX",
        "CREATE UNIQUE",
        "CREATE SEQUENCE",
    )
    demo = ROOT / "pipelines" / "demo"  # makes the source systems' own databases, not ours
    found = []
    for path in [*SOURCES, *(p for name in PACKAGES for p in sorted((ROOT / name).rglob("*.sql")))]:
        name = path.relative_to(ROOT).as_posix()
        if name in allowed or name.startswith("ioc/migrations/") or demo in path.parents:
            continue
        text = " ".join(path.read_text(encoding="utf-8").upper().split())
        found += [f"{name}: {word}" for word in words if word in text]
    assert found == []
    assert all("PRIMARY KEY" not in m.sql.replace("No primary keys", "") for m in find_migrations())
