"""Command line of certificates, one noun a module."""
