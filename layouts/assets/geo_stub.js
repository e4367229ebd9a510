// Plotly asks its own network for world outlines as soon as a choropleth is drawn, even when it brings its own
// geometry. These empty outlines are there before the first plot, so nothing is ever asked for.
(function () {
  "use strict";
  var names = ["coastlines", "land", "ocean", "lakes", "rivers", "countries", "subunits"];
  var objects = {};
  names.forEach(function (name) { objects[name] = { type: "GeometryCollection", geometries: [] }; });
  var stub = { type: "Topology", arcs: [], objects: objects };
  window.PlotlyGeoAssets = {
    topojson: { world_110m: stub, world_50m: stub, asia_110m: stub, asia_50m: stub },
  };
})();
