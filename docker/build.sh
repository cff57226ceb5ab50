#!/usr/bin/env bash
# Builds the image of Oarlog; the jar first, when it is missing or older than the sources.
set -euo pipefail
home=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

usage() {
  cat <<END
Usage: docker/build.sh [--base IMAGE] [TAG]

Builds the image TAG (default: oarlog) from the jar that Maven builds, which is built first when it is missing or older
than the sources. Needs a JDK and Maven for that.

  --base IMAGE  with a JRE 17 or later and bash (default: that of docker/Dockerfile). Where no image registry is reached,
                docker/base-image.sh makes one: --base oarlog-base
END
}

fail() { echo "build: $*" >&2; exit 1; }

base=
tag=oarlog
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --base)
      [ $# -gt 1 ] || fail "--base needs an image (see --help)"
      base=$2
      shift
      ;;
    -*) fail "$1: unknown (see --help)" ;;
    *) tag=$1 ;;
  esac
  shift
done

command -v docker >/dev/null || fail "docker is missing: install it (Debian: docker/base-image.sh does)"
docker version >/dev/null 2>&1 || fail "dockerd does not answer: start it (docker/base-image.sh does where there is no service)"
"$home/oarlog" --version >/dev/null
log=$(mktemp)
if ! docker build -f "$home/docker/Dockerfile" ${base:+--build-arg "BASE_IMAGE=$base"} -t "$tag" "$home" >"$log" 2>&1; then
  tail -n 20 "$log" >&2
  echo "build: the whole output is in $log" >&2
  fail "no image; where no image registry is reached: docker/base-image.sh, then docker/build.sh --base oarlog-base"
fi
grep '^no archive of classes' "$log" >&2 || true
rm -f "$log"
echo "build: $tag, $(($(docker image inspect --format '{{.Size}}' "$tag") / 1000000)) MB"
