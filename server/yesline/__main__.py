"""``python -m yesline``."""

from yesline.cli import main

main()
