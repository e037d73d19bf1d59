"""Identity documents, names and organisation codes: pure rules."""
