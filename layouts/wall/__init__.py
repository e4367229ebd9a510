"""The wall: its own light Dash application under `/wall/`, one page a wall and language."""

from layouts.wall.app import Beat, create_wall

__all__ = ["Beat", "create_wall"]
