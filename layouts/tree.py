"""A slot's content as one component of the browser instead of hundreds.

The renderer of Dash asks every component of a page at every change; a table of a hundred rows made of its own
components froze a page for 25 seconds where one `Tree` takes none. A tree is plain data (tag, properties, children),
drawn by React with text nodes only: nothing in it is ever read as markup (`assets/tree.js`).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from dash.development.base_component import Component

TAGS = frozenset(
    """a article aside b code dd div dl dt footer h1 h2 h3 header i img li ol p pre section span table tbody td th
    thead tr ul""".split()  # noqa: SIM905 - a list of sixty lines reads worse
)


class Tree(Component):
    """An element of the browser with plain elements inside: `tag`, its `attrs`, and `tree` as `compact` writes it."""

    _namespace = "ioc_parts"
    _type = "Tree"
    _children_props: ClassVar[list[str]] = []
    _base_nodes: ClassVar[list[str]] = ["children"]
    _prop_names: ClassVar[list[str]] = ["id", "tag", "attrs", "tree"]
    _valid_wildcard_attributes: ClassVar[list[str]] = []
    available_properties: ClassVar[list[str]] = _prop_names
    available_wildcard_properties: ClassVar[list[str]] = []

    def __init__(self, *, id: str, tag: str, attrs: dict[str, Any], tree: Any) -> None:
        # Not through Component: it looks for a package of this namespace at every property, a millisecond each time.
        self.id, self.tag, self.attrs, self.tree = id, tag, attrs, tree


def element(tag: str, inside: Any = None, **props: Any) -> dict[str, Any]:
    """An element as plain data at once, for long lists: `class_` and `data_x` stand for `className` and `data-x`."""
    named = {"className" if key == "class_" else key.replace("_", "-"): value for key, value in props.items()}
    return {"t": tag, **({"p": named} if named else {}), **({} if inside in (None, "") else {"c": inside})}


def compact(node: Any) -> Any:
    """Components as plain data: texts stay, an element is {"t": tag, "p": properties, "c": children}."""
    if isinstance(node, (list, tuple)):
        return [compact(one) for one in node]
    if not isinstance(node, Component):
        return node
    tag = str(node._type).lower()
    if tag not in TAGS:
        raise TypeError(f"<{tag}> has no place in a slot; make it part of the block's frame")
    props = dict(node.to_plotly_json()["props"])
    children = props.pop("children", None)
    return {
        "t": tag,
        **({"p": props} if props else {}),
        **({"c": compact(children)} if children not in (None, "") else {}),
    }


def plant(node: Any, slots: Collection[str]) -> Any:
    """The same nodes with a Tree in the place of each component whose id is one of `slots`."""
    if isinstance(node, (list, tuple)):
        return [plant(one, slots) for one in node]
    if not isinstance(node, Component):
        return node
    if getattr(node, "id", None) in slots:
        attrs = dict(node.to_plotly_json()["props"])
        children, owner = attrs.pop("children", None), attrs.pop("id")
        return Tree(id=owner, tag=str(node._type).lower(), attrs=attrs, tree=compact(children))
    children = getattr(node, "children", None)
    if children is not None:
        node.children = plant(children, slots)
    return node
