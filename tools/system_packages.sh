# shellcheck shell=sh
# Installs missing system packages. Sourced by setup.sh and .ci/run.
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
        echo "Set-up failed: $why, and this machine has no apt to install:$missing" >&2
        echo "What to do: install their counterparts yourself and start again." >&2
        return 1
    fi
    as_root=
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "Set-up failed: $why, and only root can install:$missing" >&2
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
            --no-install-recommends $missing; } >/dev/null; then
        echo "Set-up failed: apt could not install:$missing" >&2
        echo "What to do: try 'apt-get update && apt-get install$missing' as root and see." >&2
        return 1
    fi
}
