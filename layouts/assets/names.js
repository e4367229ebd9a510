// What the widgets of the chart kit leave out for those who use a keyboard or a screen reader.
// A list to choose from has its button outside the tab order, behind a hidden field that takes the focus and hands it on
// (WCAG 4.1.2): here the button itself is the stop. A slider has no name: it gets that of its row and its column.
(function () {
  "use strict";
  function stop(node, at) { if (node.tabIndex !== at) { node.tabIndex = at; } }

  function lists() {
    document.querySelectorAll(".dash-dropdown-focus-target").forEach(function (field) {
      var button = field.nextElementSibling;
      if (!button || button.tagName !== "BUTTON" || button.disabled) { return; }
      stop(field, -1);
      stop(button, 0);
    });
  }

  function sliders() {
    document.querySelectorAll("[data-names] [role=slider]").forEach(function (thumb) {
      var name = thumb.closest(".slide").querySelector(".slide-name").firstChild;
      var said = (name ? name.textContent : "") + ": " + thumb.closest("[data-names]").dataset.names;
      if (thumb.getAttribute("aria-label") !== said) { thumb.setAttribute("aria-label", said); }
    });
  }

  // After the kit's own handlers, which put the hidden field back into the order when the button is left.
  document.addEventListener("focusout", lists);
  var pending = false;
  new MutationObserver(function () {
    if (pending) { return; }
    pending = true;
    window.requestAnimationFrame(function () { pending = false; lists(); sliders(); });
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
