#!/usr/bin/env bash
# Tries the image and compose.yaml for real: builds, starts three nodes, kills, stops and restarts them, and reads everything back.
set -euo pipefail
home=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

usage() {
  cat <<END
Usage: docker/test.sh [--base IMAGE]

Builds the image oarlog:test on IMAGE (default: oarlog-base, which docker/base-image.sh makes) and tries it with docker compose:
some minutes. Needs the ports 9092 to 9094 of 127.0.0.1. Leaves no container, network or volume.
END
}

fail() { echo "test: $*" >&2; exit 1; }

base=oarlog-base
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --base)
      [ $# -gt 1 ] || fail "--base needs an image (see --help)"
      base=$2
      shift
      ;;
    *) fail "$1: unknown (see --help)" ;;
  esac
  shift
done

docker version >/dev/null 2>&1 || fail "dockerd does not answer: start it (docker/base-image.sh does where there is no service)"
[ "$base" != oarlog-base ] || docker image inspect "$base" >/dev/null 2>&1 || fail "there is no image $base: run docker/base-image.sh"
if docker compose version >/dev/null 2>&1; then
  compose=(docker compose)
elif command -v docker-compose >/dev/null; then
  compose=(docker-compose)
else
  fail "docker compose is missing: install it (Debian: apt-get install docker-compose)"
fi

project=oarlog-test
export OARLOG_IMAGE=oarlog:test
unset OARLOG_BOOTSTRAP OARLOG_PROFILE OARLOG_PROFILES
bootstrap=127.0.0.1:9092
start_limit=90 # seconds
health_limit=60
passed=0
failed=0
skipped=0
work=$(mktemp -d)
words=$work/words # what the last command said

compose() { "${compose[@]}" -p "$project" -f "$home/docker/compose.yaml" "$@" >"$words" 2>&1; }
bounded() { timeout "$start_limit" "$@"; }
oarlog() { bounded "$home/oarlog" "$@" -b "$bootstrap"; }
node() { docker ps -aq --filter "label=com.docker.compose.project=$project" --filter "label=com.docker.compose.service=node-$1"; }
state() { docker inspect --format "{{$1}}" "$2"; } # FIELD CONTAINER

clean_up() {
  docker ps -aq --filter "name=^$project-alone" | xargs -r docker rm -fv >/dev/null
  "${compose[@]}" -p "$project" -f "$home/docker/compose.yaml" down -v --remove-orphans >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# A command that is asked how it ended does not end at its first failure: so each check is a chain.
check() { # TEXT COMMAND...
  local text=$1 before=$SECONDS
  shift
  : >"$words"
  if "$@"; then
    passed=$((passed + 1))
    echo "ok      $text ($((SECONDS - before)) s)"
  else
    failed=$((failed + 1))
    echo "FAILED  $text ($((SECONDS - before)) s): $*"
    tail -n 5 "$words" | sed 's/^/        /'
  fi
}

eventually() { # SECONDS COMMAND...
  local deadline=$((SECONDS + $1))
  shift
  until "$@" >"$words" 2>&1; do
    [ "$SECONDS" -lt "$deadline" ] || return 1
    sleep 0.5
  done
}

has_health() { # HEALTH CONTAINER
  state .State.Health.Status "$2"
  state 'range .State.Health.Log}}{{.Output}}{{end' "$2"
  [ "$(state .State.Health.Status "$2")" = "$1" ]
}

all_healthy() {
  local number
  for number in 1 2 3; do
    eventually "$start_limit" has_health healthy "$(node "$number")" || return 1
  done
}

quietly() { "$@" >"$words" 2>&1; }

says() { # TEXT COMMAND...: it ends well, and prints that
  local text=$1
  shift
  "$@" >"$words" 2>&1 && grep -qF -- "$text" "$words"
}

ends() { # CODE TEXT COMMAND...: it ends with that code, and prints that
  local code=$1 text=$2 status=0
  shift 2
  "$@" >"$words" 2>&1 || status=$?
  [ "$status" = "$code" ] && grep -qF -- "$text" "$words"
}

produce() { # NAME: 500 lines that are expected from now on
  seq -f "$1 %g" 500 >"$work/lines" && oarlog produce orders <"$work/lines" >"$words" 2>&1 && cat "$work/lines" >>"$work/expected"
}

has_all() { # COMMAND...: it prints what was produced, each line once
  "$@" 2>"$words" | sort >"$work/read" && sort "$work/expected" | diff - "$work/read" >"$words"
}

runs_unprivileged() {
  local pid
  pid=$(state .State.Pid "$(node 1)") && grep -E '^(Uid|CapEff):' "/proc/$pid/status" >"$words" \
    && grep -qP '^Uid:\t10001\t10001\t10001\t10001$' "$words" && grep -qP '^CapEff:\t0+$' "$words"
}

starts_from_the_archive() {
  docker run --rm --network none -e OARLOG_JAVA_OPTIONS=-Xlog:class+load "$OARLOG_IMAGE" server --help >"$words" 2>&1 \
    && grep -q 'io.oarlog.server.cli.ServerCommand source: shared objects file (top)' "$words"
}

half_of_the_memory_is_heap() {
  docker run --rm --network none -m 512m -e OARLOG_JAVA_OPTIONS=-XX:+PrintFlagsFinal "$OARLOG_IMAGE" server --help >"$words" 2>&1 \
    && grep -qE ' MaxHeapSize += 268435456 ' "$words"
}

alone() { # NAME OPTION...: starts a container that is a cluster of its own
  local name=$project-alone-$1
  shift
  docker run -d --name "$name" --network none -e OARLOG_NODE_ID=1 -e OARLOG_CLUSTER_NODES=1@127.0.0.1:9192 "$@" "$OARLOG_IMAGE" \
    >"$words" 2>&1
}

killed_and_not_restarted() { docker kill "$(node 2)" >"$words" 2>&1 && [ "$(state .State.ExitCode "$(node 2)")" = 137 ]; }

healthy_again() { docker start "$(node "$1")" >"$words" && eventually "$start_limit" has_health healthy "$(node "$1")"; }

stops_in_order() { # within 10 s, by SIGTERM
  docker stop --time 10 "$(node 3)" >"$words" 2>&1 && state .State.ExitCode "$(node 3)" >"$words" && [ "$(cat "$words")" = 143 ]
}

falls_ill_when_it_stands_still() {
  docker kill --signal STOP "$(node 1)" >"$words" && eventually "$health_limit" has_health unhealthy "$(node 1)"
}

recovers_when_it_goes_on() {
  docker kill --signal CONT "$(node 1)" >"$words" && eventually "$health_limit" has_health healthy "$(node 1)"
}

addresses() {
  local number
  for number in 1 2 3; do
    state 'range .NetworkSettings.Networks}}{{.IPAddress}} {{end' "$(node "$number")"
  done
}

come_back_with_other_addresses() { # containers are removed, volumes stay
  local before number
  before=$(addresses) && compose down || return 1
  for number in 3 2 1; do
    compose up -d "node-$number" || return 1
  done
  addresses >"$words" && [ "$(cat "$words")" != "$before" ] && all_healthy
}

keeps_a_directory_of_root_out() {
  mkdir -m 755 "$work/data" && chown 0:0 "$work/data" && alone root -v "$work/data:/var/lib/oarlog" \
    && [ "$(bounded docker wait "$project-alone-root")" = 1 ] && says 'chown -R 10001' docker logs "$project-alone-root"
}

takes_a_directory_of_its_own() {
  chown 10001 "$work/data" && alone own -v "$work/data:/var/lib/oarlog" && eventually "$start_limit" has_health healthy "$project-alone-own" \
    && docker stop "$project-alone-own" >"$words" && [ -f "$work/data/node.properties" ]
}

takes_a_file() {
  printf '%s\n' node.id=7 cluster.nodes=7@127.0.0.1:9192 data.dir=/var/lib/oarlog/seven 'listener = here=127.0.0.1:9777' >"$work/file" \
    && docker run -d --name "$project-alone-file" --network none -v "$work/file:/etc/oarlog/server.properties:ro" "$OARLOG_IMAGE" >"$words" 2>&1 \
    && eventually "$start_limit" has_health healthy "$project-alone-file" \
    && says 'well: 127.0.0.1:9777 answers, node 7 leads' docker exec "$project-alone-file" health
}

echo "test: ${compose[*]} $("${compose[@]}" version --short), dockerd $(docker version --format '{{.Server.Version}}'), base $base"
"$home/docker/build.sh" --base "$base" "$OARLOG_IMAGE"

check "the image starts from an archive of classes" starts_from_the_archive
check "the heap is half of the container's memory" half_of_the_memory_is_heap
check "a variable that is no setting stops the start" ends 2 'node.idd: unknown' \
  bounded docker run --rm --network none -e OARLOG_NODE_ID=1 -e OARLOG_CLUSTER_NODES=1@127.0.0.1:9192 -e OARLOG_NODE_IDD=1 "$OARLOG_IMAGE"
check "a mounted properties file is enough, and the health check finds its listener" takes_a_file
if [ "$(id -u)" = 0 ]; then
  check "a mounted directory of root's is refused with one line" keeps_a_directory_of_root_out
  check "a mounted directory of user 10001 is taken" takes_a_directory_of_its_own
else
  skipped=$((skipped + 2))
  echo "skipped who owns mounted directories: only root can change that"
fi

check "compose up" compose up -d
check "three nodes become healthy" all_healthy
check "a node does not run as root and has no capabilities" runs_unprivileged
check "create a topic from the host" quietly oarlog topic create orders -p 3 -r 3
check "produce from the host" produce first
check "consume from the host" has_all oarlog consume orders
check "the host's clients get to every node" says 'gets to all 3 nodes' "$home/oarlog" doctor listeners "$bootstrap"
check "clients in the network get to every node" says 'gets to all 3 nodes' bounded docker exec "$(node 2)" oarlog doctor listeners node-3:9092
check "consume inside the network" has_all bounded docker exec "$(node 2)" oarlog consume orders -b node-3:9092
if command -v kcat >/dev/null; then
  check "kcat sees three brokers on the host's ports" says 'at 127.0.0.1:9094' bounded kcat -L -b "$bootstrap"
  seq -f "kcat %g" 500 >"$work/lines"
  cat "$work/lines" >>"$work/expected"
  check "kcat produces" quietly bounded kcat -P -b "$bootstrap" -t orders -l "$work/lines"
  check "kcat consumes" has_all bounded kcat -C -b "$bootstrap" -t orders -o beginning -e -q
else
  skipped=$((skipped + 3))
  echo "skipped kcat: not installed (Debian: apt-get install kcat)"
fi
check "docker kill ends a node, and nothing starts it again" killed_and_not_restarted
check "produce while a node is dead" produce second
check "cluster status says that it is gone" ends 1 'degraded: ' oarlog cluster status
check "the node becomes healthy when it is started" healthy_again 2
check "a node that stands still (SIGSTOP) becomes unhealthy" falls_ill_when_it_stands_still
check "and healthy when it goes on" recovers_when_it_goes_on
check "SIGTERM stops a node within 10 s, exit code 143" stops_in_order
check "produce while a node is stopped" produce third
check "compose restart" compose restart
check "three nodes become healthy" all_healthy
check "compose down and up in another order: other addresses, same data" come_back_with_other_addresses
check "the cluster is healthy" eventually "$start_limit" oarlog cluster status
check "every line is there once" has_all oarlog consume orders
check "produce to all of them" produce fourth
check "every line is there once" has_all oarlog consume orders

[ "$skipped" = 0 ] && echo "$passed passed, $failed failed" || echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
