"""Numbers onto screens: the only package that knows Dash and Plotly."""
