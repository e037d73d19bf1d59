"""Bytes shared by all contexts: sheets read and given back. No Django."""
