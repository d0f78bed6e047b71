"""HTTP in, HTTP out: parse, authenticate, guard, build an act, render the outcome. No SQL, no rules."""
