"""What a document asks the browser to fetch at once, before the scripts that want it have been read."""

# Asked for with the document: the server draws while the browser still reads the scripts that want the answer, and the
# chart library, which Dash would fetch last and wait for, comes beside the others.
ASKED = "".join(
    f'<link rel="preload" href="{{prefix}}{name}" as="fetch" crossorigin="anonymous">'
    for name in ("_dash-layout", "_dash-dependencies")
)
CHARTS = "".join(
    f'<link rel="preload" href="{{prefix}}_dash-component-suites/{name}" as="script">'
    for name in ("dash/dcc/async-graph.js", "plotly/package_data/plotly.min.js")
)
