"""Talking to mail servers, settings in and outcome out, and reading what they hand out; no tables, no Flask."""
