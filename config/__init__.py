"""The configuration: one typed model, from files and the environment.

``config.load.load()`` gives :class:`config.model.Settings`; ``config.secrets.Secrets``
gives what must never stand in a file. The sample company is in ``config/sample``.
"""
