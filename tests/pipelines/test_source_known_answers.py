"""Issue 3: every reference file for procedures, traffic and reporting, ingested by configuration alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pipelines.mapped import ingest, landed, open_mapped, put_example, rows
from tests.shared import shared_data

FLOW = "core.traffic_flow"


def test_the_permit_log_as_dossiers_and_steps(tmp_path: Path) -> None:
    """8,577 events are 1,434 dossiers; the two that end before they start are loaded and flagged."""
    put_example(tmp_path, "permit_log", shared_data("procedures", "receipt.csv"))
    with open_mapped(tmp_path) as ctx:
        result = ingest(ctx, "permit_log")
        assert [(load.dataset, load.rows_good, load.rows_refused) for load in result.loads] == [
            ("cases", 1434, 0),
            ("steps", 8577, 0),
        ]
        assert rows(
            ctx,
            "SELECT count(*), count(finished_at), count(*) FILTER (NOT is_settled), "
            "count(*) FILTER (finished_at <= due_original_at), count(*) FILTER (finished_at > due_original_at) "
            "FROM core.dossier",
        ) == [(1434, 1329, 105, 940, 389)]
        assert dict(rows(ctx, "SELECT channel, count(*) FROM core.dossier GROUP BY 1")) == {
            "online": 1250,
            "direct": 109,
            "post": 53,
            "email": 21,
            "other": 1,
        }
        assert rows(
            ctx,
            "SELECT round(median(d), 2), round(avg(d), 2), round(max(d), 2) FROM "
            "(SELECT epoch(finished_at - received_at) / 86400 AS d FROM core.dossier)",
        ) == [(50.64, 58.98, 329.41)]
        odd = rows(
            ctx,
            "SELECT masked_row->>'case_code' FROM ops.quarantine WHERE rule = 'flag:ends_after_start' "
            "AND status = 'flagged' ORDER BY 1",
        )
        assert odd == [("case-10862",), ("case-8267",)]
        assert rows(ctx, "SELECT count(*) FROM core.dossier WHERE dossier_code IN ('case-8267', 'case-10862')") == [
            (2,)
        ]


def test_the_directly_follows_graph_of_the_permit_log(tmp_path: Path) -> None:
    """99 edges, 116 variants, T04 to T05 1,177 times, rework in 91 dossiers: the order of the steps is right."""
    put_example(tmp_path, "permit_log", shared_data("procedures", "receipt.csv"))
    with open_mapped(tmp_path) as ctx:
        ingest(ctx, "permit_log")
        assert rows(ctx, "SELECT count(*), count(DISTINCT activity) FROM core.dossier_event") == [(8577, 27)]
        edges = rows(
            ctx,
            """SELECT before, activity, count(*) FROM (SELECT activity, lag(activity) OVER (PARTITION BY dossier_code
            ORDER BY event_number) AS before FROM core.dossier_event) WHERE before IS NOT NULL GROUP BY ALL""",
        )
        assert len(edges) == 99
        assert [n for a, b, n in edges if a.startswith("T04 ") and b.startswith("T05 ")] == [1177]
        variants = rows(
            ctx,
            """SELECT n FROM (SELECT count(*) AS n FROM (SELECT list(activity ORDER BY event_number) AS v
            FROM core.dossier_event GROUP BY dossier_code) GROUP BY v) ORDER BY 1 DESC""",
        )
        assert (len(variants), [n for (n,) in variants[:5]]) == (116, [713, 123, 116, 115, 75])
        rework = """SELECT count(*) FROM (SELECT dossier_code FROM core.dossier_event GROUP BY 1
            HAVING count(*) > count(DISTINCT activity))"""
        assert rows(ctx, rework) == [(91,)]


def test_the_running_example(tmp_path: Path) -> None:
    """6 dossiers, 42 steps, 8 activities, 16 edges; begin and end come from the steps."""
    put_example(tmp_path, "running_example", shared_data("procedures", "running-example.csv"))
    with open_mapped(tmp_path) as ctx:
        ingest(ctx, "running_example")
        assert rows(ctx, "SELECT count(*), count(DISTINCT activity) FROM core.dossier_event") == [(42, 8)]
        edges = """SELECT count(*) FROM (SELECT DISTINCT activity, lag(activity) OVER (PARTITION BY dossier_code
            ORDER BY event_number) AS before FROM core.dossier_event) WHERE before IS NOT NULL"""
        assert rows(ctx, edges) == [(16,)]
        assert rows(ctx, "SELECT status, count(*) FROM core.dossier GROUP BY 1 ORDER BY 1") == [
            ("done", 3),
            ("refused", 3),
        ]


def test_the_highway_counts(tmp_path: Path) -> None:
    """7,629 repeated hours are duplicates; ten 0 K and a rain of 9,831 mm are flagged; missing hours stay missing."""
    put_example(tmp_path, "highway_counts", shared_data("traffic", "Metro_Interstate_Traffic_Volume.csv"))
    with open_mapped(tmp_path) as ctx:
        (load,) = ingest(ctx, "highway_counts").loads
        assert (load.rows_in, load.rows_good, load.rows_refused, load.rows_duplicate) == (48204, 40575, 0, 7629)
        flags = "SELECT rule, count(*), min(masked_row->>'rain_mm') FROM ops.quarantine GROUP BY 1 ORDER BY 1"
        assert rows(ctx, flags) == [("flag:rain_possible", 1, "9831.3"), ("flag:temperature_possible", 10, "0.0")]
        source = landed(ctx, "highway_counts", "hours")
        given = "hour_from, vehicles, holiday, temperature_k, rain_mm, snow_mm, clouds, weather, weather_text"
        assert rows(
            ctx, f"SELECT count(*) - (SELECT count(*) FROM (SELECT DISTINCT {given} FROM {source})) FROM {source}"
        ) == [(17,)]
        assert rows(ctx, f"SELECT round(avg(CAST(vehicles AS INTEGER)), 1) FROM {source}") == [(3259.8,)]
        assert rows(ctx, f"SELECT max(intensity), count(*) FROM {FLOW}") == [(7280, 40575)]
        span = f"""SELECT min(timezone('America/Chicago', timezone('UTC', observed_from)))::VARCHAR,
            max(timezone('America/Chicago', timezone('UTC', observed_from)))::VARCHAR FROM {FLOW}"""
        assert rows(ctx, span) == [("2012-10-02 09:00:00", "2018-09-30 23:00:00")]
        hours = f"""SELECT date_diff('hour', min(t), max(t)) + 1 - count(DISTINCT t) FROM (SELECT
            timezone('America/Chicago', timezone('UTC', observed_from)) AS t FROM {FLOW})"""
        assert rows(ctx, hours) == [(11976,)]


def test_motorway_loops_in_datex2(tmp_path: Path) -> None:
    """108 sites, 292 lanes, 1,168 flows; the 76 values the sender marks as faulty are kept, flagged and never used."""
    file = next(shared_data("traffic", "datex2").glob("*.xml"))
    put_example(tmp_path, "motorway_loops", file)
    with open_mapped(tmp_path) as ctx:
        (load,) = ingest(ctx, "motorway_loops").loads
        source = landed(ctx, "motorway_loops", "lanes")
        assert dict(rows(ctx, f"SELECT kind, count(*) FROM {source} GROUP BY 1")) == {
            "TrafficSpeed": 292,
            "TrafficHeadway": 292,
            "TrafficConcentration": 292,
            "TrafficFlow": 1168,
        }
        assert rows(ctx, f"SELECT count(*) FROM {source} WHERE fault = 'true'") == [(76,)]
        assert (load.rows_good, load.rows_refused) == (292, 0)
        assert rows(ctx, f"SELECT count(*), count(DISTINCT junction_code) FROM {FLOW}") == [(292, 108)]
        flagged = "SELECT sum(CAST(masked_row->>'faults' AS INTEGER)) FROM ops.quarantine WHERE rule = 'flag:no_fault'"
        assert rows(ctx, flagged) == [(76,)]
        assert rows(ctx, f"SELECT count(*) FROM {FLOW} WHERE quality = 'source_error' AND is_valid") == [(0,)]
        speeds = f"SELECT count(*) FROM {source} WHERE kind = 'TrafficSpeed' AND fault = 'false'"
        assert rows(ctx, f"SELECT count(speed_kmh) FROM {FLOW}") == rows(ctx, speeds)
        assert rows(ctx, f"SELECT max(occupancy) <= 1 FROM {FLOW}") == [(True,)]


@pytest.mark.parametrize("suffix", [".json", ".jsonld", "-normalized.json", "-normalized.jsonld"])
def test_an_entity_in_every_encoding_is_the_same_row(tmp_path: Path, suffix: str) -> None:
    """Intensity 197, 52.6 km/h, occupancy 0.76, 11:10 to 11:15 UTC."""
    put_example(tmp_path, "flow_entities", shared_data("traffic", "fiware", f"TrafficFlowObserved.example{suffix}"))
    with open_mapped(tmp_path) as ctx:
        ingest(ctx, "flow_entities")
        assert rows(
            ctx,
            f"SELECT site_code, intensity, speed_kmh, occupancy, CAST(observed_from AS VARCHAR), "
            f"CAST(observed_to AS VARCHAR), quality FROM {FLOW}",
        ) == [
            (
                "TrafficFlowObserved-Valladolid-osm-60821110",
                197,
                52.6,
                0.76,
                "2016-12-07 11:10:00",
                "2016-12-07 11:15:00",
                "valid",
            )
        ]


def test_the_statistical_table_and_its_threefold_trap(tmp_path: Path) -> None:
    """70 places: all together 3.0 times the country, each level by itself exactly the country."""
    put_example(tmp_path, "area_population", shared_data("reporting", "gso_area_population_density_by_province.csv"))
    with open_mapped(tmp_path) as ctx:
        ingest(ctx, "area_population")
        levels = rows(ctx, "SELECT unit_level, count(*) FROM core.foreign_unit GROUP BY 1 ORDER BY 1")
        assert levels == [("country", 1), ("province", 63), ("region", 6)]
        assert rows(
            ctx,
            "SELECT field_code, value FROM core.report_value WHERE unit_code = 'gso:WHOLE COUNTRY' AND period = '2016' "
            "ORDER BY 1",
        ) == [("gso_area_km2", 331230.8), ("gso_density_per_km2", 280.0), ("gso_population_thousand", 92695.1)]
        sums = dict(
            rows(
                ctx,
                "SELECT u.unit_level, round(sum(v.value), 1) FROM core.report_value v JOIN core.foreign_unit u "
                "USING (unit_code) WHERE field_code = 'gso_population_thousand' AND period = '2016' GROUP BY 1",
            )
        )
        assert sums == {"country": 92695.1, "region": 92695.1, "province": 92695.1}
        assert round(sum(sums.values()) / sums["country"], 6) == 3.0
        parents = "SELECT count(DISTINCT parent_code) FROM core.foreign_unit WHERE unit_level = 'province'"
        assert rows(ctx, parents) == [(6,)]


def test_the_sdmx_message(tmp_path: Path) -> None:
    """The landed values are those the library itself reads."""
    import sdmx

    file = shared_data("reporting", "sdmx", "sg-ts.xml")
    put_example(tmp_path, "exchange_rates", file)
    with open_mapped(tmp_path) as ctx:
        ingest(ctx, "exchange_rates")
        found = rows(
            ctx, "SELECT upper(replace(field_code, 'exchange_', '')), period, value FROM core.report_value ORDER BY ALL"
        )
    series = sdmx.to_pandas(sdmx.read_sdmx(file).data[0])
    wanted = sorted((key[1], key[0], float(value)) for key, value in series.items())
    assert found == wanted
    assert len(found) == 12


def test_the_world_development_table(tmp_path: Path) -> None:
    """7,980 rows; 626 values are not available, and the country whose code is NA keeps its code."""
    put_example(tmp_path, "world_development", shared_data("reporting", "wb_wdi_2024.csv"))
    with open_mapped(tmp_path) as ctx:
        (load,) = ingest(ctx, "world_development").loads
        assert (load.rows_in, load.rows_good, load.rows_duplicate) == (7980, 7980, 0)
        assert rows(ctx, "SELECT count(*), count(value) FROM core.report_value") == [(7980, 7354)]
        assert rows(ctx, "SELECT count(*) FROM core.report_value WHERE unit_code = 'wb:NA'") == [(30,)]
        viet_nam = "SELECT value FROM core.report_value WHERE unit_code = 'wb:VN' AND period = '2022' AND field_code = "
        assert rows(ctx, viet_nam + "'wdi_sp_pop_totl'") == [(98186856.0,)]


def test_the_development_index_in_latin_1(tmp_path: Path) -> None:
    """Viet Nam 2022 has its components, the names their letters."""
    file = next(shared_data("composite", "hdi").glob("*.csv"))
    put_example(tmp_path, "human_development", file)
    with open_mapped(tmp_path) as ctx:
        ingest(ctx, "human_development")
        found = dict(
            rows(
                ctx,
                "SELECT field_code, value FROM core.report_value WHERE unit_code = 'hdr:VNM' AND period = '2022'",
            )
        )
        assert found == {
            "hdr_hdi": 0.726,
            "hdr_le": 74.58,
            "hdr_eys": 13.05294705,
            "hdr_mys": 8.455348794,
            "hdr_gnipc": 10813.98273,
        }
        names = "SELECT name FROM core.foreign_unit WHERE unit_code = 'hdr:CIV'"
        assert rows(ctx, names) == [("Côte d'Ivoire",)]
        counts = (
            "SELECT period, count(value) FROM core.report_value v JOIN core.foreign_unit u USING (unit_code) WHERE "
        )
        where = "field_code = 'hdr_hdi' AND u.unit_level = 'country' AND period IN ('1990', '2010', '2022') GROUP BY 1"
        assert dict(rows(ctx, counts + where)).keys() == {"1990", "2010", "2022"}
