"""Thought about certificates: numbers, claims, envelopes, verification. Usable without Django."""
