#!/bin/sh
# Installs the servers that the tests start, when root on Debian; elsewhere says what will be skipped.
# usage: install.sh test|fleet PYTHON
set -eu
kind=$1
python=$2
here=$(dirname "$0")

lists="$here/packages-debian.txt"
[ "$kind" = fleet ] && lists="$lists $here/packages-fleet.txt"

missing=
for package in $(sed 's/#.*//' $lists); do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
if [ -n "$missing" ]; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "Installing the tests' servers:$missing"
        policy=/usr/sbin/policy-rc.d
        if [ ! -e $policy ]; then
            # The tests start these servers themselves; the packages must not.
            printf '#!/bin/sh\nexit 101\n' >$policy
            chmod 755 $policy
            trap 'rm -f /usr/sbin/policy-rc.d' EXIT
        fi
        apt-get update -qq >/dev/null
        DEBIAN_FRONTEND=noninteractive apt-get install -qq -y -o Dpkg::Use-Pty=0 --no-install-recommends $missing >/dev/null
    else
        echo "Not root on Debian: tests that need these packages will be skipped:$missing"
    fi
fi

for list in "$here/packages-pypi.txt" $([ "$kind" = fleet ] && echo "$here/packages-pypi-fleet.txt"); do
    [ -s "$list" ] || continue
    "$python" -m pip install --quiet --disable-pip-version-check -r "$list"
done
