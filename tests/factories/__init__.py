"""Factories: sample rows are made here, never pasted as fixtures. All names and numbers are invented."""
