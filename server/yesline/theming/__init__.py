"""The designer's workbench: ``yesline theme new``, ``check`` and ``preview``."""
