"""Asterisk's configuration, generated from ours: one small file per generated file.

:func:`sip.asterisk.generate.write.generate` writes them all.
"""
