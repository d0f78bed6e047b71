"""Fixtures of texting."""

from tests.texting import on_project

__all__ = ["on_project"]
