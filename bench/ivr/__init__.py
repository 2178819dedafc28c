"""Callers who answer menus in words, for ``bench.ivr_speech``."""
