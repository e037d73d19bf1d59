"""The gate decision and its sentences: pure."""
