// The browser's part of the analyst pages: links and pickers write the address, the heartbeat asks for news.
// The address is the only state; `dcc.Location` follows it.
(function () {
  "use strict";
  var NO = function () { return window.dash_clientside.no_update; };
  var failures = 0;

  function go(href, keepScroll) {
    var url = new URL(href, window.location.href);
    if (url.pathname + url.search === window.location.pathname + window.location.search) { return; }
    var samePath = url.pathname === window.location.pathname;
    window.history.pushState({}, "", url.pathname + url.search);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    if (!samePath && !keepScroll) { window.scrollTo(0, 0); }
  }

  function change(key, value) {
    var url = new URL(window.location.href);
    url.searchParams.delete("card");
    url.searchParams.set(key, value);
    go(url.pathname + url.search, true);
  }

  // `meanings` names the inputs in order, `standing` is what the page shows ("unit|period"). Only the input that changed is
  // written, and only when a person changed it: a picker also changes when a render fills it.
  function steer(meanings, values) {
    var context = window.dash_clientside.callback_context;
    var standing = String(values[meanings.length] || "").split("|");
    var shown = { unit: standing[0], period: standing[1] };
    (context.triggered || []).forEach(function (one) {
      var meaning = one.prop_id.split(".")[0].split("-").pop();
      if (one.value === null || one.value === undefined) { return; }
      if (meaning === "map") {
        var point = one.value.points && one.value.points[0];
        if (point && point.location) { change("unit", point.location); }
      } else if (meaning === "more") {
        var held = document.querySelector("[id$=-units]");
        var units = held && held.textContent ? held.textContent.split(",") : [];
        if (units.indexOf(one.value) < 0) { change("units", units.concat(one.value).slice(-5).join(",")); }
      } else if (one.value !== shown[meaning]) {
        change(meaning, one.value);
      }
    });
    return NO();
  }

  function heartbeat(seen) {
    var wait = Math.random() * 3000;
    return new Promise(function (resolve) { window.setTimeout(resolve, wait); }).then(function () {
      var stop = new AbortController(), timer = window.setTimeout(function () { stop.abort(); }, 8000);
      return fetch("/api/v1/version", { cache: "no-store", signal: stop.signal }).then(function (answer) {
        window.clearTimeout(timer);
        if (!answer.ok) { throw new Error(String(answer.status)); }
        return answer.json();
      });
    }).then(function (found) {
      failures = 0;
      document.documentElement.setAttribute("data-conn", "ok");
      document.documentElement.setAttribute("data-room", found.room || "");
      var id = found.id || found.version || found.version_id;
      return id && id !== seen ? id : NO();
    }).catch(function () {
      failures += 1;
      if (failures > 1) { document.documentElement.setAttribute("data-conn", "lost"); }
      return NO();
    });
  }

  window.ioc = { steer: steer, heartbeat: heartbeat, go: go };

  document.addEventListener("click", function (event) {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) { return; }
    var link = event.target.closest ? event.target.closest("a[href]") : null;
    if (!link || link.target || link.hasAttribute("download") || link.hasAttribute("data-reload")) { return; }
    var url = new URL(link.href, window.location.href);
    if (url.origin !== window.location.origin || url.hash || /^\/(api|wall|assets|geo)\//.test(url.pathname)) { return; }
    event.preventDefault();
    go(url.pathname + url.search, link.hasAttribute("data-keep-scroll"));
  });

  // The drawer is a dialog: focus goes in, stays in, and comes back.
  var before = null;
  function watchDrawer() {
    var open = document.querySelector(".drawer");
    var held = document.documentElement.hasAttribute("data-drawer");
    if (open && !held) {
      before = document.activeElement;
      document.documentElement.setAttribute("data-drawer", "");
      open.focus({ preventScroll: true });
    } else if (!open && held) {
      document.documentElement.removeAttribute("data-drawer");
      if (before && document.contains(before)) { before.focus({ preventScroll: true }); }
      before = null;
    }
    // Written only when it differs: the document's title is itself a node that is watched.
    var title = Array.prototype.map.call(document.querySelectorAll("h1 > span:not([hidden])"), function (part) {
      return part.textContent;
    }).concat("IOC").join(" · ");
    if (document.title !== title) { document.title = title; }
  }
  document.addEventListener("keydown", function (event) {
    var drawer = document.querySelector(".drawer");
    if (!drawer) { return; }
    if (event.key === "Escape") {
      var close = drawer.querySelector("[data-close]");
      if (close) { close.click(); }
    } else if (event.key === "Tab") {
      var all = drawer.querySelectorAll("a[href], button, [tabindex='0']");
      if (!all.length) { return; }
      var first = all[0], last = all[all.length - 1], at = document.activeElement;
      if (event.shiftKey && (at === first || at === drawer)) { event.preventDefault(); last.focus(); }
      else if (!event.shiftKey && at === last) { event.preventDefault(); first.focus(); }
    }
  });
  // On paper a plot keeps the size it was drawn at; its place grows to hold it.
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll(".plot").forEach(function (plot) {
      var drawn = plot.querySelector(".main-svg");
      if (drawn) { plot.style.minHeight = drawn.getAttribute("height") + "px"; }
    });
  });
  window.addEventListener("afterprint", function () {
    document.querySelectorAll(".plot").forEach(function (plot) { plot.style.minHeight = ""; });
  });
  // The age of each number, from the clock of the one who looks.
  function ages() {
    var now = Date.now(), lang = document.documentElement.lang || "vi";
    document.querySelectorAll(".k-age[data-as-of]").forEach(function (node) {
      var minutes = Math.max(1, Math.floor((now - Date.parse(node.dataset.asOf)) / 60000));
      var unit = minutes < 60 ? "minute" : minutes < 1440 ? "hour" : "day";
      var count = Math.floor(minutes / (unit === "minute" ? 1 : unit === "hour" ? 60 : 1440));
      var text = new Intl.NumberFormat(lang, { style: "unit", unit: unit }).format(count);
      if (node.textContent === text) { return; }
      if (node.firstChild) { node.firstChild.nodeValue = text; } else { node.textContent = text; }
    });
    document.querySelectorAll(".k-age:not([data-as-of])").forEach(function (node) {
      if (node.firstChild) { node.firstChild.nodeValue = ""; }
    });
  }
  window.setInterval(ages, 20000);
  var pending = false;
  new MutationObserver(function () {
    if (pending) { return; }
    pending = true;
    window.requestAnimationFrame(function () { pending = false; watchDrawer(); ages(); });
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
