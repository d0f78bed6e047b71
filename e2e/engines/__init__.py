"""The form in several browser engines: one interface for the tests, one driver for each engine."""
