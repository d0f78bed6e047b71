"""``python -m bench.run [name ...]``: ask some questions, or all, and keep each answer under ``bench/results``."""

import argparse
import importlib

from bench import options

QUESTIONS = {
    "submissions": "durable submissions a second against a bare JSON post, and against isso",
    "postgres": "durable submissions a second on PostgreSQL, by one process and by two",
    "growth": "delays, start, memory and disk from ten thousand to millions of subscriptions",
    "view": "reading a form's cached view against a bare JSON read",
    "widget": "bytes and time until the form can be used, against the floor and against intl-tel-input",
    "ledger": "events a second that 'yesline verify' recomputes",
    "imports": "rows a second that lists are taken in and written out with, and their memory",
    "braze": "objects a second that the endpoints of Braze take, one by one and many in a call",
    "start": "time to the first answer, and memory at rest",
}


def main() -> None:
    """Ask what the command line names."""
    parser = argparse.ArgumentParser(prog="python -m bench.run", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help="a question of --list; all when none is named")
    parser.add_argument("--list", action="store_true", help="say which questions there are")
    options.add(parser)
    given = parser.parse_args()
    if unknown := set(given.names) - set(QUESTIONS):
        parser.error(f"no question {min(unknown)!r}; there are {', '.join(QUESTIONS)}")
    if given.list:
        print("\n".join(f"{name:12} {about}" for name, about in QUESTIONS.items()))
        return
    for name in given.names or QUESTIONS:
        _ask(name, options.read(given))


def _ask(name: str, chosen: options.Options) -> None:
    report = importlib.import_module(f"bench.{name}").run(chosen)
    print(report.text())
    file = report.keep()
    print(f"  kept as {file.relative_to(file.parents[2])}\n", flush=True)


if __name__ == "__main__":
    main()
