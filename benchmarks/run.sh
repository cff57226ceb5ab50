#!/usr/bin/env bash
# Measures the log beside plain file I/O, and three nodes beside three of ZooKeeper's (see --help); builds the benchmarks first when they are missing or older than the sources.
set -euo pipefail
home=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
jar=$home/benchmarks/target/oarlog-benchmarks.jar
java=${JAVA_HOME:+$JAVA_HOME/bin/}java

sources() {
  find "$home"/pom.xml "$home"/{log,raft,metadata,client,server,benchmarks}/pom.xml "$home"/{log,metadata}/src \
    "$home"/{raft,client,server,benchmarks}/src/main "$@"
}

if [ ! -f "$jar" ] || [ -n "$(sources -newer "$jar" -type f -print -quit)" ]; then
  command -v mvn >/dev/null || { echo "benchmarks: Maven is needed to build: install it (Debian: apt-get install maven)" >&2; exit 1; }
  echo "building the benchmarks ..." >&2
  log=$(mktemp)
  if ! mvn -q -B -f "$home/pom.xml" -pl benchmarks -am -DskipTests -Dspotless.check.skip -Djacoco.skip package >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    echo "benchmarks: the build failed; the whole output is in $log" >&2
    exit 1
  fi
  rm -f "$log"
  touch "$jar"
fi
exec "$java" -Doarlog.benchmarks.results="$home/benchmarks/target/results" \
  -Doarlog.benchmarks.server.jar="$home/server/target/oarlog-server.jar" -jar "$jar" "$@"
