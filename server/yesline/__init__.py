"""Yesline collects phone numbers for SMS with a provable yes."""

__version__ = "0.1.0"
