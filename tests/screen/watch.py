"""Notes every change of a page's nodes while a new version arrives, in the browser itself.

`START` begins to watch, `STOP` tells what happened: `replaced` (element nodes added or taken away outside plots),
`lost` (watched nodes that left the page), `disturbed` (parts that look as before and were touched all the same),
`changed` and `same` (parts that look different, or as before). Not counted is the attribute by which Dash's renderer
notes on its components that an answer is under way (`data-dash-is-loading`): nothing is drawn by it.
"""

from __future__ import annotations

import time

from playwright.sync_api import Error as PageError
from playwright.sync_api import Page

PARTS = ".kpi, .panel, .counts, .foot, .head h1"
START = """(parts) => {
  const state = window.watchedPage = { touched: new Set(), replaced: [], parts: [], graphs: [] };
  const look = (node) => node.outerHTML;
  state.graphs = [...document.querySelectorAll('.js-plotly-plot')];
  state.parts = [...document.querySelectorAll(parts)].map((node) => [node, look(node)]);
  const nodes = [...document.querySelectorAll('#wall *, #app *')].filter((node) => !node.closest('.js-plotly-plot'));
  state.nodes = nodes.filter((node) => node.textContent !== '');
  state.observer = new MutationObserver((all) => all.forEach((one) => {
    const target = one.target.nodeType === 1 ? one.target : one.target.parentElement;
    if (!target || one.attributeName === 'data-dash-is-loading') { return; }
    state.touched.add(target);
    if (one.type !== 'childList' || target instanceof SVGElement || target.closest('.js-plotly-plot')) { return; }
    const moved = [...one.addedNodes, ...one.removedNodes].filter((node) => node.nodeType === 1);
    if (moved.length) {
      state.replaced.push(target.className + ': ' + moved.map((node) => node.outerHTML.slice(0, 90)).join(' '));
    }
  }));
  const all = { childList: true, subtree: true, attributes: true, characterData: true };
  state.observer.observe(document.querySelector('#wall, #app'), all);
}"""
STOP = """() => {
  const state = window.watchedPage;
  state.observer.disconnect();
  const name = (node) => node.dataset.card || node.className || node.tagName;
  const touched = [...state.touched];
  const found = { replaced: state.replaced, disturbed: [], changed: [], same: [] };
  found.lost = state.nodes.concat(state.graphs).filter((node) => !node.isConnected).map(name);
  state.parts.forEach(([node, before]) => {
    const same = node.outerHTML === before;
    found[same ? 'same' : 'changed'].push(name(node));
    const inside = touched.filter((one) => node === one || node.contains(one));
    if (same && inside.length) { found.disturbed.push(name(node) + ': ' + inside.map(name).slice(0, 4)); }
  });
  return found;
}"""


def until(page: Page, condition: str, *, timeout: int = 30_000) -> None:
    """Wait for a condition by asking again: the page's own policy forbids the eval of wait_for_function."""
    deadline = time.monotonic() + timeout / 1000
    while time.monotonic() < deadline:
        try:
            if page.evaluate(f"() => Boolean({condition})"):
                return
        except PageError:  # the page is just being loaded again
            pass
        page.wait_for_timeout(100)
    raise AssertionError(f"not within {timeout} ms: {condition}")
