"""Thought of certificates: proofs, notes, commitments, status, trust. Usable without Django or files."""
