"""Bytes of quality: tables of results in, tables of flags out."""
