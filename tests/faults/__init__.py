"""Crash and fault harness: a real server is killed, starved and confused under load, and its records are checked."""
