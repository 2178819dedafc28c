# shellcheck shell=sh
# The system packages that Parley needs, and how they are asked for. Sourced by setup.sh
# and .ci/run.
#
#   need_packages "why they are needed" package ...
#
# As root it installs them; otherwise it says why and asks sudo, which asks you.
need_packages() {
    why=$1
    shift
    missing=
    for package in "$@"; do
        case $(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) in
            installed) ;;
            *) missing="$missing $package" ;;
        esac
    done
    [ -n "$missing" ] || return 0
    if ! command -v apt-get >/dev/null; then
        echo "Missing: $why, and this machine has no apt to install:$missing" >&2
        echo "What to do: install their counterparts yourself and start again." >&2
        return 1
    fi
    as_root=
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "Missing: $why, and only root can install:$missing" >&2
            echo "What to do: as root, apt-get update && apt-get install$missing" >&2
            return 1
        fi
        as_root="sudo"
        echo "  $why. To install:$missing"
        echo "  sudo may ask for your password; everything else runs as you."
    else
        echo "  $why. Installing:$missing"
    fi
    # shellcheck disable=SC2086
    if ! { $as_root apt-get -qq update &&
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes \
            --no-install-recommends $missing; } >/dev/null 9>&-; then # 9: the lock of setup.sh
        echo "Missing: apt could not install:$missing" >&2
        echo "What to do: try 'apt-get update && apt-get install$missing' as root and see." >&2
        return 1
    fi
}

# The live page is tested in a real browser. Only Debian has one in its archive (Ubuntu's
# is a stub for snap). Asked for once: who declines gets those tests skipped.
need_browser() {
    for browser in chromium chromium-browser google-chrome google-chrome-stable; do
        if command -v "$browser" >/dev/null; then return 0; fi
    done
    if ! grep -qs '^ID=debian$' /etc/os-release || [ -e .parley/no-browser ]; then
        echo "  no Chromium or Chrome here: the tests that need one will be skipped."
        return 0
    fi
    need_packages "The live page is tested in a real browser" chromium || {
        echo "  going on without it: the tests that need a browser will be skipped."
        touch .parley/no-browser
    }
}
