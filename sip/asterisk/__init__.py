"""Asterisk as a program: which one, its folders, its configuration, its life."""
