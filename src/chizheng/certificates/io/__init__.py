"""Bytes of certificates: tiles on disk, keys at rest, registers, buckets. No Django."""
