"""The rows behind one number, with the number counted again."""

from layouts.blocks.records import record_list
from layouts.page import Page

RECORDS = Page("records", "/records", (record_list(),), in_menu=False)
