#!/usr/bin/env bash
# Builds an image for NIGHTJAR_KAFKA_IMAGE where none can be pulled: Debian with a Java, and Kafka from Maven Central in
# /opt/kafka/libs, as the image apache/kafka has it. Needs root, debootstrap, Maven and a Docker engine.
# Usage: build-kafka-image.sh [TAG]
set -euo pipefail
cd "$(dirname "$0")"
tag=${1:-nightjar-test/kafka:4.1.0}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

debootstrap --variant=minbase --include=openjdk-17-jre-headless bookworm "$folder/root" >"$folder/debootstrap.log" ||
  { tail -20 "$folder/debootstrap.log" >&2; exit 1; }
rm -rf "$folder"/root/var/cache/apt/archives/*.deb
tar -C "$folder/root" -c . | docker import - nightjar-test/java:17 >/dev/null

mkdir "$folder/context"
mvn -q -B -f kafka/pom.xml dependency:copy-dependencies "-DoutputDirectory=$folder/context/libs"
cat >"$folder/context/Dockerfile" <<'DOCKERFILE'
FROM nightjar-test/java:17
COPY libs /opt/kafka/libs
RUN useradd --no-create-home appuser
USER appuser
DOCKERFILE
# The builder of every engine; BuildKit needs a plug-in that Debian's package leaves out.
DOCKER_BUILDKIT=0 docker build -q -t "$tag" "$folder/context" >/dev/null
echo "$tag"
