#!/bin/sh
# Make (or finish) the virtual environment $1 and install cnncli into it, with the tested versions.
set -eu
venv=$1

suitable() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null
}

if ! suitable "$venv/bin/python"; then
    python=
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11 python}; do
        if suitable "$candidate"; then
            python=$candidate
            break
        fi
    done
    if [ -z "$python" ]; then
        echo "error: no Python 3.11 to 3.13 found${PYTHON:+ as $PYTHON}; name one: make PYTHON=/path/to/python3.12" >&2
        exit 1
    fi
    echo "Making $venv with $("$python" --version)"
    "$python" -m venv --clear "$venv" || {
        echo "error: $python cannot make environments; on Debian and Ubuntu: apt install python3-venv" >&2
        exit 1
    }
fi

echo "Installing cnncli and the versions of constraints.txt (TensorFlow is about 600 MB)"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    --constraint constraints.txt --editable '.[dev]'
