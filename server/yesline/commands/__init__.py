"""Groups of commands of ``yesline``."""
