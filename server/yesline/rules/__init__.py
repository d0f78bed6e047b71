"""Pure functions: what is known, an act and the moment in; a decision out. No I/O, no clock, no randomness of their own."""
