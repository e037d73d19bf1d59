"""Pages of the certificates, one module for each thing people come to do."""
