"""Bytes of the quality context: response sheets in, item tables out."""
