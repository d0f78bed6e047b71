# Sourced by the other scripts: makes what they need, says what it does, and does it once.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
# Where this is set, each of the hundreds of processes that tests start would compile all of the code again.
unset PYTHONDONTWRITEBYTECODE

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
fail() { printf '\033[31m%s\033[0m\n' "$*" >&2; exit 1; }

# Debian's packages, if we may install them; else a line that says what to run.
debian() {
  local as=()
  [ "$(id -u)" = 0 ] || as=(sudo -n)
  command -v apt-get >/dev/null || fail "Install $* with your system's package manager, then run this again."
  say "Installing $* (Debian packages)"
  { "${as[@]}" apt-get update -qq && DEBIAN_FRONTEND=noninteractive "${as[@]}" apt-get install -y -qq --no-install-recommends "$@"; } >/dev/null ||
    fail "Could not install $*: run 'apt-get install $*' as root, then run this again."
}

python_command() {
  local name
  for name in python3 python3.14 python3.13 python3.12 python3.11; do
    if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
      echo "$name"
      return
    fi
  done
  fail "Python 3.11 or newer is needed: install python3, then run this again."
}

# Do something again only when the files it depends on have changed: once MARK FILE... -- COMMAND...
once() {
  local mark=$1 files=() now
  shift
  while [ "$1" != -- ]; do files+=("$1"); shift; done
  shift
  now=$(cat "${files[@]}" | sha256sum)
  [ "$(cat "$mark" 2>/dev/null)" = "$now" ] && return
  "$@"
  mkdir -p "$(dirname "$mark")"
  echo "$now" >"$mark"
}

make_venv() {
  [ -x .venv/bin/pip ] && return
  local python
  python=$(python_command)
  say "Making the virtual environment .venv"
  "$python" -c 'import ensurepip' 2>/dev/null || debian python3-venv
  "$python" -m venv .venv || fail "Could not make .venv: see the message above."
  .venv/bin/pip install -q --upgrade 'pip>=25.1' || fail "Could not upgrade pip: is the package index reachable?"
}

pip_install() {
  say "Installing Python packages"
  .venv/bin/pip install -q -c scripts/constraints.txt "$@" || fail "pip could not install: see the message above."
}

need_server() {
  make_venv
  once .venv/.server pyproject.toml scripts/constraints.txt -- pip_install -e .
}

need_tools() {
  make_venv
  once .venv/.dev pyproject.toml scripts/constraints.txt -- pip_install -e '.[postgres]' --group dev
}

npm_install() {
  say "Installing Node packages of $1"
  npm ci --prefix "$1" --silent --no-audit --no-fund --ignore-scripts || fail "npm could not install: see the message above."
}

need_node() {
  command -v npm >/dev/null || fail "Node 20 or newer is needed for the page's own code: install nodejs and npm, then run this again."
  local folder
  for folder in widget widget/playwright examples/react examples/vue; do
    once "$folder/node_modules/.yesline" "$folder/package-lock.json" -- npm_install "$folder"
  done
}

has() {
  local name
  for name in "$@"; do
    command -v "$name" >/dev/null && return
  done
  return 1
}

# Chromium, and the engines of Firefox and Safari; WebKitGTK needs a screen, which may be one that nobody sees.
need_browsers() {
  local missing=()
  has chromium chromium-browser google-chrome || missing+=(chromium)
  has firefox-esr firefox || missing+=(firefox-esr)
  has WebKitWebDriver || missing+=(webkit2gtk-driver)
  has Xvfb || missing+=(xvfb)
  [ ${#missing[@]} = 0 ] || debian "${missing[@]}"
}

# All of it at once: one waits for the network while another unpacks.
need_all() {
  make_venv
  local job jobs=()
  need_node & jobs+=($!)
  need_browsers & jobs+=($!)
  need_tools
  for job in "${jobs[@]}"; do wait "$job" || exit 1; done
}
