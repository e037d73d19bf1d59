"""Certificates (articles 1.1, 1.2): numbers, approval, issuing, transparency log, status, verification.

`core` is usable without Django: parse, sign, log, prove, verify.
"""
