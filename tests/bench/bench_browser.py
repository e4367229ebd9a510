"""What a viewer waits for, in Chromium at 1440x900 against the product's own web process."""

from __future__ import annotations

import statistics
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from tests.bench.rows import Row, quantile, times

DESK, WALL = (1440, 900), (1920, 1080)
REPEATS = 10
FIRST_WALL_MB, FIRST_PAGE_MB = 2.4, 3.2
WALL_SECONDS, LCP_SECONDS, FILTER_MS = 4.0, 3.0, 300.0
PAGES = ("", "procedures", "traffic")

LARGEST_PAINT = """() => new Promise(done => new PerformanceObserver(list => done(list.getEntries().at(-1).startTime))
  .observe({ type: 'largest-contentful-paint', buffered: true }))"""

# The map's own graph: drawn from nothing beside itself (geometry from the browser's cache, parsed anew), then
# given other colours in place, the way a render does it (react) and the cheapest way there is (restyle).
MAP = """async (repeats) => {
  const graph = document.querySelector('.block--map .js-plotly-plot');
  const box = graph.getBoundingClientRect();
  const copy = what => JSON.parse(JSON.stringify(what));
  const found = { width: box.width, height: box.height, render: [], react: [], restyle: [] };
  const timed = async (kept, act) => {
    const began = performance.now();
    await act();
    kept.push(performance.now() - began);
  };
  const place = document.createElement('div');
  place.style.cssText = `position:fixed;left:0;top:0;width:${box.width}px;height:${box.height}px`;
  document.body.append(place);
  const data = copy(graph.data), layout = copy(graph.layout);
  for (let i = 0; i < repeats; i += 1) {
    const assets = window.PlotlyGeoAssets || {};
    Object.keys(assets).filter(key => key.startsWith('/geo/')).forEach(key => delete assets[key]);
    await timed(found.render, () => Plotly.newPlot(place, copy(data), copy(layout), { displayModeBar: false }));
    found.areas = place.querySelectorAll('.choroplethlayer path').length;
    Plotly.purge(place);
  }
  place.remove();
  const turned = (z, by) => z.map((_, at) => z[(at + by) % z.length]);
  for (let i = 1; i <= repeats; i += 1) {
    const next = copy(data);
    next.forEach(trace => { if (trace.type === 'choropleth' && trace.z.length) { trace.z = turned(trace.z, i); } });
    await timed(found.react, () => Plotly.react(graph, next, copy(layout)));
  }
  for (let i = 1; i <= repeats; i += 1) {
    await timed(found.restyle, () => Plotly.restyle(graph, { z: [turned(data[0].z, i)] }, [0]));
  }
  return found;
}"""

# Choose a commune the way a click on the map does, until the page says that it shows it and has painted.
CHOOSE = """async (codes) => {
  const found = [], frame = () => new Promise(requestAnimationFrame);
  for (const code of codes) {
    const began = performance.now();
    window.ioc.go(`${location.pathname}?unit=${code}`, true);
    while (!document.querySelector('[id$="-standing"]').textContent.startsWith(code)) {
      await frame();
      if (performance.now() - began > 20000) { throw new Error(`${code} was never shown`); }
    }
    await frame();
    found.push(performance.now() - began);
  }
  return found;
}"""
AREAS = """() => document.querySelector('.block--map .js-plotly-plot').data[0].locations.slice(0, 8)"""


def bench_browser(home: Path) -> list[Row]:
    """First loads, the map, and choosing a commune; one row that says so where no browser is installed."""
    try:
        from playwright.sync_api import sync_playwright

        from tests.conftest import ARGUMENTS, CHROMIUM
        from tests.screen.shots import web_server
    except ImportError:
        return [Row("first loads and map", None, "", note="playwright is not installed")]
    if not CHROMIUM.exists():
        return [Row("first loads and map", None, "", note="Chromium is not installed")]
    with (
        tempfile.TemporaryDirectory(prefix="ioc-bench-") as folder,
        web_server(home, Path(folder)) as address,
        sync_playwright() as driver,
    ):
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        try:
            return [*bench_first_loads(browser, address), *bench_map(browser, address)]
        finally:
            browser.close()


def bench_first_loads(browser: Any, address: str) -> list[Row]:
    """Bytes on the wire and seconds until drawn, each in a browser that has seen nothing yet."""
    from tests.screen.shots import DRAWN, WALL_DRAWN

    warm(address, "wall/main/")
    size, seconds, _ = first_load(browser, address, "wall/main/", WALL, WALL_DRAWN)
    rows = [
        Row("/wall/main/ first load, compressed", size, "MB", FIRST_WALL_MB),
        Row("/wall/main/ first load until every chart stands", seconds, "s", WALL_SECONDS),
    ]
    for path in PAGES:
        warm(address, path)
        size, seconds, paint = first_load(browser, address, path, DESK, DRAWN)
        rows += [
            Row(f"/{path} first load, compressed", size, "MB", FIRST_PAGE_MB),
            Row(
                f"/{path} largest contentful paint", paint, "s", LCP_SECONDS, note=f"every chart after {seconds:.1f} s"
            ),
        ]
    return rows


def warm(address: str, path: str) -> None:
    """Have the page drawn once, as any viewer before this one did."""
    prefix = f"{address}/{path if path.startswith('wall/') else ''}"
    asked = urllib.request.Request(f"{prefix}_dash-layout", headers={"Referer": f"{address}/{path}"})
    with urllib.request.urlopen(asked, timeout=60) as answer:
        answer.read()


def first_load(browser: Any, address: str, path: str, size: tuple[int, int], drawn: str) -> tuple[float, float, float]:
    """Megabytes received, seconds until drawn, seconds until the largest paint."""
    from tests.screen.shots import wait_until

    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    try:
        page, received = context.new_page(), []
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.loadingFinished", lambda told: received.append(told["encodedDataLength"]))
        began = time.perf_counter()
        page.goto(f"{address}/{path}")
        wait_until(page, f"() => document.querySelectorAll('.js-plotly-plot .main-svg').length > 0 && ({drawn})()")
        seconds = time.perf_counter() - began
        page.wait_for_load_state("networkidle")
        paint = page.evaluate(LARGEST_PAINT) / 1000
        return sum(received) / 1e6, seconds, paint
    finally:
        context.close()


def bench_map(browser: Any, address: str) -> list[Row]:
    """The commune map of the first page."""
    from tests.screen.shots import DRAWN, wait_until

    page = browser.new_page(viewport={"width": DESK[0], "height": DESK[1]})
    page.goto(f"{address}/")
    wait_until(page, DRAWN)
    codes = page.evaluate(AREAS)
    chosen = page.evaluate(CHOOSE, codes)
    found = page.evaluate(MAP, REPEATS)
    page.close()
    render = statistics.median(found["render"])
    size = f"{found['areas']} areas, {found['width']:.0f}×{found['height']:.0f}, {REPEATS} times"
    rows = [
        Row("commune map drawn from nothing, p50", render, "ms", note=size),
        Row("commune map drawn from nothing, p95", quantile(found["render"], 0.95), "ms"),
    ]
    for name in ("react", "restyle"):
        middle = statistics.median(found[name])
        rows += [
            Row(f"commune map recoloured ({name}), p50", middle, "ms", ratio=f"{times(middle, render)} of drawing"),
            Row(f"commune map recoloured ({name}), p95", quantile(found[name], 0.95), "ms", FILTER_MS),
        ]
    return [
        *rows,
        Row(
            "a commune chosen on the first page, p50",
            statistics.median(chosen),
            "ms",
            FILTER_MS,
            note="server and browser",
        ),
        Row("a commune chosen on the first page, most", max(chosen), "ms", note=f"{len(chosen)} communes"),
    ]
