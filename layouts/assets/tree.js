// Draws the contents of a slot from plain data with React: elements by name, texts as texts, never markup.
(function () {
  "use strict";
  var TAGS = new Set(("a article aside b code dd div dl dt footer h1 h2 h3 header i img li ol p pre section span table tbody " +
    "td th thead tr ul").split(" "));
  var SAFE = /^(\/(?!\/)|\?|#|https?:\/\/|mailto:|data:image\/svg\+xml)/i;

  function make(node, key) {
    if (node === null || node === undefined || typeof node === "boolean") { return null; }
    if (Array.isArray(node)) { return node.map(make); }
    if (typeof node !== "object") { return String(node); }
    if (!TAGS.has(node.t)) { return null; }
    var props = { key: key };
    Object.keys(node.p || {}).forEach(function (name) {
      if (/^on/i.test(name) || name === "dangerouslySetInnerHTML") { return; }
      var value = node.p[name];
      if ((name === "href" || name === "src") && value !== "" && !SAFE.test(value)) { return; }
      props[name] = value;
    });
    if (node.t === "img") { return window.React.createElement("img", props); }
    var inside = make(node.c);
    var all = Array.isArray(inside) ? inside : [inside];
    return window.React.createElement.apply(null, [node.t, props].concat(all));
  }

  function Tree(props) {
    return make({ t: props.tag, p: Object.assign({}, props.attrs, { id: props.id }), c: props.tree });
  }
  window.ioc_parts = { Tree: Tree };
})();
