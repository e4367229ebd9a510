// What a wall does by itself between two answers of the server: scale, clock, ages, rotation of scenes, a small shift of
// the whole picture against burn-in. Touches attributes and texts of its own only, never nodes that Dash draws.
(function () {
  "use strict";
  var root = document.documentElement;
  var still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  var PATH = [[0, 0], [3, 0], [6, 2], [6, 6], [3, 6], [1, 5], [0, 3], [0, 1]];
  var at = 0, since = Date.now(), paused = false, words = null;

  // Plots of a very wide wall have room to spare: their type is a fifth larger.
  function scale() {
    var wide = window.innerWidth >= 2.5 * window.innerHeight ? 1.2 : 1;
    root.style.setProperty("--k", String(window.innerHeight / 1080 * wide));
  }
  function wall() { return document.getElementById("wall"); }
  function two(number) { return (number < 10 ? "0" : "") + number; }
  function fill(text, marks) { return text.replace(/\{(\w+)\}/g, function (all, name) { return marks[name]; }); }
  // A text changes its value and keeps its node.
  function write(node, text) {
    if (!node || node.textContent === text) { return; }
    if (node.firstChild && node.firstChild === node.lastChild && node.firstChild.nodeType === 3) { node.firstChild.nodeValue = text; }
    else { node.textContent = text; }
  }
  function writeAll(scope, selector, text) {
    scope.querySelectorAll(selector).forEach(function (node) { write(node, text); });
  }
  function age(from, now) {
    var minutes = Math.floor((now - from) / 60000);
    if (minutes < 1) { return words.age_minutes_under; }
    if (minutes < 60) { return fill(words.age_minutes, { n: minutes }); }
    if (minutes < 1440) { return fill(words.age_hours, { n: Math.floor(minutes / 60) }); }
    var days = Math.floor(minutes / 1440);
    return days === 1 ? words.age_day : fill(words.age_days, { n: days });
  }
  function local(now) { return new Date(now + 7 * 3600000); } // wall time is Viet Nam time, whatever the screen's zone
  function clock(page, now) {
    var day = local(now), vi = page.dataset.lang === "vi";
    var month = words.months[day.getUTCMonth()];
    var date = vi ? two(day.getUTCDate()) + "/" + month + "/" + day.getUTCFullYear()
      : day.getUTCDate() + " " + month + " " + day.getUTCFullYear();
    write(page.querySelector(".clock-time"), two(day.getUTCHours()) + ":" + two(day.getUTCMinutes()));
    write(page.querySelector(".clock-day"), words.weekdays[day.getUTCDay()] + ", " + date);
  }
  function ages(page, now) {
    page.querySelectorAll("[data-as-of]").forEach(function (node) {
      write(node, age(Date.parse(node.dataset.asOf), now));
    });
    page.querySelectorAll(".k-age:not([data-as-of])").forEach(function (node) { write(node, ""); });
    var contact = Number(root.getAttribute("data-contact")) || now, stamp = local(contact);
    var text = root.hasAttribute("data-stuck") ? words.stuck : fill(words.lost_since, {
      since: two(stamp.getUTCHours()) + ":" + two(stamp.getUTCMinutes()), age: age(contact, now),
    });
    write(page.querySelector(".lost-since"), text);
    writeAll(page, ".conn", root.getAttribute("data-conn") === "ok" ? words.connected : words.unsteady);
  }
  function show(page, scenes) {
    scenes.forEach(function (scene, place) { scene.setAttribute("data-on", place === at ? "1" : "0"); });
    page.querySelectorAll(".step").forEach(function (step, place) {
      step.setAttribute("data-on", place === at ? "1" : "0");
    });
  }
  function go(step) {
    var page = wall();
    if (!page) { return; }
    var scenes = page.querySelectorAll(".scene");
    at = (at + step + scenes.length) % scenes.length;
    since = Date.now();
    draw();
  }
  function draw() {
    var page = wall();
    if (!page) { return; }
    if (!words) { words = JSON.parse(page.dataset.words); }
    var now = Date.now(), scenes = page.querySelectorAll(".scene");
    var turn = Number(page.dataset.rotate) * 1000;
    if (!paused && now - since >= turn) { at = (at + 1) % scenes.length; since = now; }
    if (!scenes[at].hasAttribute("data-on") || scenes[at].getAttribute("data-on") !== "1") { show(page, scenes); }
    clock(page, now);
    ages(page, now);
    var left = Math.max(0, Math.ceil((turn - (now - since)) / 1000));
    write(page.querySelector(".position"), fill(words.position, { at: at + 1, of: scenes.length }));
    write(page.querySelector(".next"), paused ? words.paused : fill(words.next, {
      scene: words.scenes[(at + 1) % scenes.length], left: two(Math.floor(left / 60)) + ":" + two(left % 60),
    }));
    var spot = PATH[Math.floor(now / 600000) % PATH.length];
    page.style.setProperty("--shift-x", String(spot[0] - 3));
    page.style.setProperty("--shift-y", String(spot[1] - 3));
  }
  scale();
  if (still) { root.setAttribute("data-still", "1"); }
  window.addEventListener("resize", scale);
  document.addEventListener("keydown", function (event) {
    if (event.key === " ") { paused = !paused; since = Date.now(); event.preventDefault(); draw(); }
    if (event.key === "ArrowRight" || event.key === "PageDown") { go(1); }
    if (event.key === "ArrowLeft" || event.key === "PageUp") { go(-1); }
  });
  var wanted = Number(new URLSearchParams(location.search).get("scene"));
  if (wanted >= 1) { at = wanted - 1; paused = true; }
  setInterval(draw, 500);
})();
