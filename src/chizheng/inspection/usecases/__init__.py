"""What is done in inspection: keyword-only, one transaction, one ledger entry, safe to run twice."""
