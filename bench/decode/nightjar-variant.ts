import { systemClock } from '../../core/index.ts';
import type { Alert, Result } from '../../core/index.ts';
import { benchConfig, openBenchDecoder } from '../data.ts';
import { median } from '../result.ts';
import { readPacketFiles } from './packet-files.ts';

// A fresh process of `bench -- decode`: FOLDER SCHEMAS_DIR PASSES WARM_UP_MS.

const [folder = '', schemasDir = '', passes = '1', warmUpMs = '0'] = process.argv.slice(2);
const { manifest, packets } = readPacketFiles(folder);
const decoder = await openBenchDecoder(benchConfig({ schemasDir }));

/** The alerts of all packets, one after the other. */
async function decodeAll(take: (alert: Alert) => void): Promise<void> {
  for (const [i, bytes] of packets.entries()) {
    const result = await decodeOne(bytes, String(i));
    if (!result.ok) throw new Error(`Cannot compare as packet ${i} is rejected: ${result.rejection.reason}`);
    take(result.value);
  }
}

async function decodeOne(bytes: Buffer, file: string): Promise<Result<Alert>> {
  if (manifest.framing === 'confluent') return decoder.decodeConfluent(bytes, { file, index: 0 });
  for await (const { result } of decoder.decodeBlob({ file, bytes })) return result;
  throw new Error(`Cannot compare as packet ${file} holds no record`);
}

const sums = { points: 0, absFluxNjy: 0, fluxErrNjy: 0, mjdTai: 0 };
const startMs = systemClock.monotonicMs();
await decodeAll(({ points }) => {
  for (const { fluxNjy, fluxErrNjy, mjdTai } of points) {
    sums.points += 1;
    sums.absFluxNjy += Math.abs(fluxNjy);
    sums.fluxErrNjy += fluxErrNjy;
    sums.mjdTai += mjdTai;
  }
});
let consumedPoints = 0;
const consume = ({ points }: Alert): void => {
  consumedPoints += points.length;
};
while (systemClock.monotonicMs() - startMs < Number(warmUpMs)) await decodeAll(consume);
const packetsPerSecond: number[] = [];
for (let pass = 0; pass < Number(passes); pass++) {
  const passMs = systemClock.monotonicMs();
  await decodeAll(consume);
  packetsPerSecond.push((packets.length * 1000) / (systemClock.monotonicMs() - passMs));
}
if (consumedPoints % sums.points !== 0)
  throw new Error('Cannot compare as the passes differ from each other');
process.stdout.write(
  `${JSON.stringify({ packetsPerSecond: median(packetsPerSecond), packets: packets.length, ...sums })}\n`,
);
