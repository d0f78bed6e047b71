"""``python -m clients.generator`` writes the files; with ``--check`` it says which are out of date, and writes none."""

import sys
from pathlib import Path

from clients.generator import as_python, as_typescript
from yesline.doors.v1.openapi import document

_CLIENTS = Path(__file__).parents[1]
_PYTHON = _CLIENTS / "python" / "yesline_client"
_TYPESCRIPT = _CLIENTS / "typescript" / "src"


def main(*, check: bool) -> str:
    """Write what is out of date, or only say so; returns what there is to tell."""
    whole = document("https://sms.example.com")
    files = {_PYTHON / name: code for name, code in as_python.written(whole).items()}
    files |= {_TYPESCRIPT / name: code for name, code in as_typescript.written(whole).items()}
    old = [path for path, code in files.items() if not path.exists() or path.read_text(encoding="utf-8") != code]
    names = ", ".join(str(path.relative_to(_CLIENTS)) for path in old)
    if check:
        return names and f"Out of date in server/clients: {names}. Run scripts/clients and commit what it writes."
    for path in old:
        path.write_text(files[path], encoding="utf-8")
    return f"Written: {names or 'nothing, all is up to date'}"


if __name__ == "__main__":
    checking = "--check" in sys.argv
    told = main(check=checking)
    sys.stdout.write(f"{told}\n" if told else "")
    sys.exit(bool(checking and told))
