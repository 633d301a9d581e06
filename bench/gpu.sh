#!/usr/bin/env bash
# Training steps and embeddings a second on every device of this machine that opens: cpu, webgpu and cuda, beside PyTorch
# where a Python with torch is found. It runs without a GPU too, and says what it left out and why.
#
#   bench/gpu.sh [BATCH…] [--OPTION VALUE…]     bench/gpu.sh 32 128 --rounds 3; see bench/gpu.sh --help
#
# NIGHTJAR_BENCH_PYTHON   a Python with torch; python3 by default
# NIGHTJAR_ORT_LIBRARIES  a folder with libonnxruntime_providers_cuda.so and libonnxruntime_providers_shared.so of the
#                         installed version of onnxruntime-node (the Python package onnxruntime-gpu has them in
#                         onnxruntime/capi); without it `cuda` opens only where they lie beside the library of the npm package
#
# It adds a line to bench/results/gpu.jsonl.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v node >/dev/null || { echo 'Cannot run as node is not installed: Node.js 20.19 or newer is needed' >&2; exit 1; }
[ -d node_modules ] || { echo 'Cannot run as node_modules is missing: run "npm ci" first' >&2; exit 1; }

batches=()
while [[ "${1:-}" =~ ^[0-9]+$ ]]; do
  batches+=("$1")
  shift
done
if [ ${#batches[@]} -gt 0 ]; then
  set -- --batches "$(IFS=,; echo "${batches[*]}")" "$@"
fi

if [ -n "${NIGHTJAR_ORT_LIBRARIES:-}" ]; then
  providers=$(realpath "$NIGHTJAR_ORT_LIBRARIES")
  if [ ! -e "$providers/libonnxruntime_providers_cuda.so" ]; then
    echo "Cannot use NIGHTJAR_ORT_LIBRARIES as it must hold libonnxruntime_providers_cuda.so: current value is \"$NIGHTJAR_ORT_LIBRARIES\"" >&2
    exit 1
  fi
  # The runtime looks for its providers beside itself only, and itself it finds here first.
  beside=$(mktemp -d)
  trap 'rm -rf "$beside"' EXIT
  platform=$(node -p 'process.platform + "/" + process.arch')
  ln -s "$PWD"/node_modules/onnxruntime-node/bin/napi-v*/"$platform"/libonnxruntime.so* "$beside"
  ln -s "$providers"/libonnxruntime_providers_*.so "$beside"
  export LD_LIBRARY_PATH="$beside:$providers${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
fi

npm run build --silent
node dist/bench/run.js gpu "$@"
