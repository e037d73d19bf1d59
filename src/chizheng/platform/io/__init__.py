"""Bytes that every context reads and writes: sheets of clerks."""
