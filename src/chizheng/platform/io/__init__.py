"""Bytes shared by all contexts: sheets in and out. No Django."""
