#!/bin/sh
# The main job, on data that comes with the dependencies: `make demo` runs it.
# Each command is shown as a user would type it. What they write goes into the folder demo/.
set -eu

rm -rf demo
mkdir demo
cd demo

run() {
    printf '\n\033[1m$ %s\033[0m\n' "$*"
    sh -c "$*"
}

run cnncli summary
run cnncli convolve sample:portrait --kernel sobel -o portrait-sobel.png
run cnncli train sample:digits --arch lenet5 --epochs 8 --out digits
run cnncli evaluate digits
run 'cnncli predict digits sample:digits | head -6'

printf '\nPictures and the trained network are in demo/: see demo/portrait-sobel.png, demo/digits/.\n'
printf 'Next: . .venv/bin/activate, then cnncli --help, or read README.md.\n'
