"""Platform: settings, the embedded PostgreSQL, the ledger, permissions, field encryption, jobs."""
