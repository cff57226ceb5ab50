#!/usr/bin/env bash
# Makes the base image oarlog-base of Debian's packages, for machines that reach no image registry; starts dockerd when none answers.
set -euo pipefail

image=oarlog-base
suite=bookworm
packages=(openjdk-17-jre-headless iptables iproute2 procps libfaketime)
socket=/var/run/docker.sock
state=/var/lib/oarlog-docker # images, containers and volumes of the dockerd that is started here
run=/run/oarlog-docker
pid_file=$run/dockerd.pid
log=/var/log/oarlog-dockerd.log
daemon_limit=60 # seconds

usage() {
  cat <<END
Usage: docker/base-image.sh [--mirror URL] [--rebuild]
       docker/base-image.sh --stop

Makes the image $image: Debian $suite with a JRE 17, for machines that reach no image registry. Does nothing when it is
there. Starts dockerd when none answers, and installs docker.io and debootstrap with apt-get when they are missing.
Needs root.

  --mirror URL  take Debian's packages from there (default: where this machine's apt takes them, security updates too)
  --rebuild     make the image also when it is there
  --stop        end the dockerd that was started here; its images stay in $state
END
}

say() { echo "base-image: $*"; }
fail() { echo "base-image: $*" >&2; exit 1; }

ours() { # prints the pid of the dockerd that was started here and runs
  local pid
  pid=$(cat "$pid_file" 2>/dev/null) && grep -qzFx -- "--pidfile=$pid_file" "/proc/$pid/cmdline" 2>/dev/null && echo "$pid"
}

answers() { docker version >/dev/null 2>&1; }

need_root() { [ "$(id -u)" = 0 ] || fail "only root can $1: run it with sudo"; }

install_missing() { # COMMAND PACKAGE...
  local missing=()
  while [ $# -gt 0 ]; do
    command -v "$1" >/dev/null || missing+=("$2")
    shift 2
  done
  [ "${#missing[@]}" -gt 0 ] || return 0
  need_root "install ${missing[*]}"
  command -v apt-get >/dev/null || fail "${missing[*]} missing and no apt-get here: install them"
  say "apt-get install ${missing[*]}"
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } \
    >/dev/null || fail "apt-get could not install ${missing[*]}: see above"
}

start_daemon() {
  if answers; then
    say "dockerd answers"
    return
  fi
  [ -z "${DOCKER_HOST:-}" ] || fail "DOCKER_HOST=$DOCKER_HOST does not answer: start that one, or unset DOCKER_HOST"
  need_root "start dockerd"
  mkdir -p "$state" "$run"
  setsid dockerd --host="unix://$socket" --data-root="$state" --exec-root="$run/exec" --pidfile="$pid_file" \
    >>"$log" 2>&1 </dev/null &
  local started=$!
  for ((waited = 0; waited < daemon_limit * 5; waited++)); do
    if answers; then
      say "started dockerd: pid $(cat "$pid_file"), socket $socket, data $state, log $log"
      return
    fi
    kill -0 "$started" 2>/dev/null || fail "dockerd ended: $(tail -n 1 "$log") (more in $log)"
    sleep 0.2
  done
  fail "dockerd does not answer after $daemon_limit s: see $log, and end it with docker/base-image.sh --stop"
}

stop_daemon() {
  local pid
  pid=$(ours) || fail "no dockerd runs that was started here (pid file $pid_file)"
  kill "$pid"
  for ((waited = 0; waited < daemon_limit * 5; waited++)); do
    if ! kill -0 "$pid" 2>/dev/null; then
      say "ended dockerd $pid; its images stay in $state"
      return
    fi
    sleep 0.2
  done
  fail "dockerd $pid still runs after $daemon_limit s: see $log"
}

# shellcheck disable=SC2016 # apt-get puts in the values
sources() { # lines "URI SUITE": where apt takes Debian's main archive and its security updates
  apt-get indextargets --format '$(LABEL) $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' \
    | awk -v suite="$suite" '
        $4 != "main" || seen[$1]++ { next }
        $1 == "Debian" { print $2, suite; print $2, suite "-updates" }
        $1 == "Debian-Security" { print $2, suite "-security" }'
}

find_sources() {
  if [ -n "$mirror" ]; then
    echo "$mirror $suite"
    return
  fi
  sources | grep . || { apt-get update -qq && sources | grep .; } \
    || fail "apt of this machine has no Debian archive: say where one is with --mirror URL"
}

in_root() { # runs in the new system, with a /proc that goes away with the command
  unshare --mount --pid --fork --kill-child --mount-proc="$root/proc" chroot "$root" /usr/bin/env -i \
    PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C DEBIAN_FRONTEND=noninteractive "$@"
}

bootstrap() { # the smallest Debian there is
  local http_proxy=${http_proxy:-}
  eval "$(apt-config shell http_proxy Acquire::http::Proxy)"
  export http_proxy
  unshare --mount debootstrap --variant=minbase --force-check-gpg "$suite" "$root" "${from%% *}"
}

add_packages() {
  # Docker gives containers their own; here the mirror has to be found.
  cp /etc/resolv.conf /etc/hosts "$root/etc/"
  apt-config dump | grep -E '^Acquire::(https?::Proxy|Check-(Valid-Until|Date)) ' >"$root/etc/apt/apt.conf.d/90host" || true
  sed 's/^/deb /; s/$/ main/' <<<"$from" >"$root/etc/apt/sources.list"
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" # no package starts a service
  chmod 755 "$root/usr/sbin/policy-rc.d"
  printf 'path-exclude=%s\n' '/usr/share/man/*' '/usr/share/info/*' '/usr/share/locale/*' '/usr/share/doc/*' \
    >"$root/etc/dpkg/dpkg.cfg.d/90small"
  echo 'path-include=/usr/share/doc/*/copyright' >>"$root/etc/dpkg/dpkg.cfg.d/90small"
  in_root apt-get update -qq
  in_root apt-get -y -qq upgrade
  in_root apt-get -y -qq --no-install-recommends install "${packages[@]}"
  in_root java -version
}

shrink() {
  find "$root/usr/share/doc" -type f ! -name copyright -delete
  find "$root/var/log" -type f -delete
  rm -rf "$root"/usr/share/{man,info,locale}/* "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/var/cache/debconf/*-old \
    "$root"/tmp/* "$root"/etc/apt/apt.conf.d/90host "$root"/etc/{resolv.conf,hosts,hostname}
}

import() {
  # No device, and nothing mounted, goes into the image: containers have their own.
  tar -C "$root" --numeric-owner --exclude='./dev/*' --exclude='./proc/*' --exclude='./sys/*' -c . \
    | docker import --change 'CMD ["bash"]' --change 'ENV LANG=C.UTF-8' --message "Debian $suite with ${packages[*]}" - "$image"
}

step() { # TEXT COMMAND
  local before=$SECONDS
  doing=$1
  echo -n "base-image: $doing ... "
  "$2" >"$work/log" 2>&1
  echo "$((SECONDS - before)) s"
  doing=
}

clean_up() {
  if [ -n "$doing" ]; then
    echo "failed"
    tail -n 20 "$work/log" >&2
    echo "base-image: could not $doing: see above" >&2
  fi
  rm -rf "$work"
}

make_image() {
  need_root "make the image"
  from=$(find_sources)
  doing=
  work=$(mktemp -d /var/tmp/oarlog-base.XXXXXX)
  trap clean_up EXIT
  root=$work/root
  mkdir -m 755 "$root"
  say "packages come from ${from//$'\n'/, }"
  step "debootstrap Debian $suite" bootstrap
  step "install ${packages[*]}" add_packages
  step "shrink it" shrink
  step "docker import it" import
}

mirror=
rebuild=false
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --stop) stop_daemon; exit 0 ;;
    --rebuild) rebuild=true ;;
    --mirror)
      [ $# -gt 1 ] || fail "--mirror needs a URL (see --help)"
      mirror=$2
      shift
      ;;
    *) fail "$1: unknown (see --help)" ;;
  esac
  shift
done

install_missing docker docker.io dockerd docker.io debootstrap debootstrap
start_daemon
if ! $rebuild && docker image inspect "$image" >/dev/null 2>&1; then
  say "the image $image is there"
else
  make_image
  say "made the image $image: $(($(docker image inspect --format '{{.Size}}' "$image") / 1000000)) MB in $SECONDS s"
fi
say "next: docker/build.sh --base $image"
