// Keeps an unattended wall alive. Rules: ask the server every 10-15 s; never reload while it is unreachable (an error
// page cannot heal itself); reload for a new build, when the picture stays behind the server, and once a night; stop
// after three reloads in ten minutes and say so; tell the server that this screen lives.
(function () {
  "use strict";
  var root = document.documentElement;
  var here = document.currentScript;
  var PULSE = "/wall/pulse";
  var booting = here && here.hasAttribute("data-boot");
  var fast = Number(new URLSearchParams(location.search).get("pulse")) || 0; // shorter beat, for rehearsals
  var missed = 0, lastContact = Date.now(), behindSince = 0, asked = "", draws = 0;
  var night = 3.5 * 60 + Math.random() * 20; // 03:30 and up to 20 minutes, so that walls do not come all at once
  var opened = Date.now();

  function wait() { return fast || 10000 + Math.random() * 5000; }
  function shown() { var node = document.getElementById("wall-shown"); return node ? node.textContent : ""; }
  function screenId() {
    try {
      var id = localStorage.getItem("wall-screen");
      if (!id) { id = Math.random().toString(36).slice(2, 10); localStorage.setItem("wall-screen", id); }
      return id;
    } catch (error) { return "unkept"; }
  }
  function recentReloads() {
    try {
      var all = JSON.parse(sessionStorage.getItem("wall-reloads") || "[]");
      return all.filter(function (at) { return Date.now() - at < 600000; });
    } catch (error) { return []; }
  }
  function reload(why) {
    var recent = recentReloads();
    if (recent.length >= 3) { root.setAttribute("data-stuck", why); return; }
    // The page itself must answer before the old picture is given up.
    ask(location.href, 8000).then(function (answer) { return answer.text(); }).then(function (text) {
      if (text.indexOf("data-wall=") < 0) { return; }
      recent.push(Date.now());
      try { sessionStorage.setItem("wall-reloads", JSON.stringify(recent)); } catch (error) { root.setAttribute("data-stuck", why); return; }
      location.reload();
    }).catch(function () { return undefined; });
  }
  function ask(url, limit) {
    var stop = new AbortController();
    var timer = setTimeout(function () { stop.abort(); }, limit);
    return fetch(url, { cache: "no-store", signal: stop.signal, credentials: "same-origin" }).then(function (answer) {
      if (!answer.ok) { throw new Error(String(answer.status)); }
      return answer;
    }).finally(function () { clearTimeout(timer); });
  }
  function beat() {
    var heap = performance.memory ? Math.round(performance.memory.usedJSHeapSize / 1048576) : "";
    var query = new URLSearchParams({
      wall: root.getAttribute("data-wall") || "", screen: screenId(), build: root.getAttribute("data-build") || "",
      shown: shown(), heap: String(heap),
    });
    return ask(PULSE + "?" + query.toString(), 8000).then(function (answer) { return answer.json(); });
  }
  function follow(pulse) {
    missed = 0;
    lastContact = Date.now();
    root.setAttribute("data-conn", "ok");
    root.setAttribute("data-contact", String(lastContact));
    if (pulse.build !== root.getAttribute("data-build")) { reload("build"); return; }
    if (!document.getElementById("wall-shown")) {
      if (Date.now() - opened > 60000) { reload("empty"); }
      return;
    }
    if (pulse.version !== shown() && shown() === "0") { reload("first"); return; }
    if (pulse.version !== shown()) {
      behindSince = behindSince || Date.now();
      if (Date.now() - behindSince > Math.max(60000, 4 * fast)) { behindSince = Date.now(); reload("behind"); return; }
    } else { behindSince = 0; }
    var wanted = pulse.version + ":" + Math.floor(Date.now() / 300000);
    if (!asked) { asked = wanted; if (pulse.version === shown()) { return; } }
    if ((wanted !== asked || pulse.version !== shown()) && window.dash_clientside && window.dash_clientside.set_props) {
      asked = wanted;
      draws += 1;
      window.dash_clientside.set_props("wall-version", { data: wanted + ":" + draws });
    }
    var now = new Date(), minutes = now.getHours() * 60 + now.getMinutes();
    if (minutes >= night && minutes < night + 5 && Date.now() - opened > 3600000) { reload("night"); }
  }
  function miss() {
    missed += 1;
    root.setAttribute("data-contact", String(lastContact));
    root.setAttribute("data-conn", missed >= 3 ? "lost" : "unsteady");
  }
  function tick() {
    beat().then(follow, miss).then(function () { setTimeout(tick, wait()); });
  }
  function boot() {
    var target = new URLSearchParams(location.search).get("wall") || "/wall/";
    if (!/^\/wall\//.test(target)) { target = "/wall/"; }
    ask(target, 8000).then(function (answer) { return answer.text(); }).then(function (text) {
      if (text.indexOf("data-wall=") < 0) { throw new Error("not a wall"); }
      location.replace(target);
    }).catch(function () { setTimeout(boot, fast || 3000); });
  }
  if (booting) { boot(); } else { setTimeout(tick, fast || 3000); }
})();
