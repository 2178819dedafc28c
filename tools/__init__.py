"""Setting up a machine: standard library only, run before anything is installed.

Each module here runs as ``python3 -m tools.<name>`` from the repository.
"""
