"""What is done in quality: keyword-only, one transaction, one ledger entry, safe to run twice."""
