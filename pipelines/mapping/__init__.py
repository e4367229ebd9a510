"""Mapping by configuration: a source of any shape into the existing core tables, without code."""
