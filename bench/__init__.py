"""What is fast, measured: one file a question, each answer a ratio against a baseline run beside it.

``python -m bench.run --list`` names the questions. Nothing here is a test: no figure passes or fails a build, for the machine's own
speed drifts by more than any change does.
"""
