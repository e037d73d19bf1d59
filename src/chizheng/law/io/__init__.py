"""Bytes of the law: the shipped YAML files."""
