"""Thought of the quality context: numbers that say whether a certificate tells the truth."""
