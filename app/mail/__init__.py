"""Talking to mail servers: settings in, outcome out; no tables, no Flask."""
