"""Labour inspection (article 4): filings, screening, targeting, letters, cases, credit grades."""
