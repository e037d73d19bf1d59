"""What is done at the access desks: each use case is one transaction and one entry in the ledger."""
