"""People: persons with their documents and names over time, organisations, accounts, roles, jurisdiction."""
