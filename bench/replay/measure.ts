import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { packageVersion } from '../../cli/version.ts';
import { createLogger, loadConfig, Metrics, systemClock } from '../../core/index.ts';
import { replay } from '../../pipeline/index.ts';
import type { LedgerCounts } from '../../pipeline/index.ts';
import { openBenchData, withTemporaryFolder } from '../data.ts';
import type { BenchData, BenchSurvey } from '../data.ts';
import type { BenchReport } from '../result.ts';
import { figureText } from '../table.ts';
import { loopedSource } from './looped-source.ts';
import type { PacketMix } from './looped-source.ts';
import { memorySample } from './memory.ts';
import type { MemorySample } from './memory.ts';
import { replayReport } from './report.ts';

export interface ReplayBenchOptions {
  readonly isSimulated: boolean;
  /** Alerts of each night where packets are simulated. */
  readonly simulatedAlerts: number;
  readonly alerts: number;
  /** `null` for all that there are. */
  readonly surveys: readonly BenchSurvey[] | null;
  /** Packets that the rate is told for at a time. */
  readonly slicePackets: number;
  /** Packets until caches, heaps and the store's map have their size: memory is judged from there on. */
  readonly settledPackets: number;
  /** Packets between two samples of memory. */
  readonly samplePackets: number;
  readonly onProgress: (what: string) => void;
}

const MIB = 2 ** 20;

/** What one run gave. */
export interface ReplayOutcome {
  readonly samples: readonly MemorySample[];
  readonly total: LedgerCounts;
  readonly mix: PacketMix;
  readonly loops: number;
  readonly storeMib: number;
  readonly linesMib: number;
  readonly peakRssMib: number;
}

/**
 * Alerts a second through the whole pipeline, from archives to scores on disk, and the memory that it takes.
 */
export function replayBench(options: ReplayBenchOptions): Promise<BenchReport> {
  return withTemporaryFolder(async (folder) => {
    const data = await openBenchData(folder, options);
    const outcome = await measure(path.join(folder, 'out'), data, options);
    return replayReport(outcome, data.kind, options);
  });
}

async function measure(
  outFolder: string,
  data: BenchData,
  options: ReplayBenchOptions,
): Promise<ReplayOutcome> {
  const { alerts, surveys, samplePackets, slicePackets, onProgress } = options;
  const config = loadConfig(null, { decode: { schemasDir: data.schemasDir }, log: { level: 'error' } });
  const metrics = new Metrics();
  const { signal } = new AbortController();
  const clock = systemClock;
  const paths = [...data.paths].flatMap(([survey, found]) =>
    surveys === null || surveys.includes(survey) ? found : [],
  );
  const source = await loopedSource({ paths, config, speed: 'max', clock, metrics });
  const startMs = clock.monotonicMs();
  const samples = [memorySample(0, 0)];
  const { ledger } = await replay({
    source,
    outFolder,
    config,
    packetsMax: alerts,
    spectraFolder: null,
    metadataFile: null,
    version: packageVersion(),
    clock,
    metrics,
    logger: createLogger(config.log.level),
    signal,
    onProgress: ({ packets, scores }) => {
      const before = samples.at(-1)?.packets ?? 0;
      if (packets < before + samplePackets && packets < alerts) return;
      const sample = memorySample(packets, clock.monotonicMs() - startMs);
      samples.push(sample);
      if (Math.floor(packets / slicePackets) === Math.floor(before / slicePackets)) return;
      const rate = figureText((1000 * packets) / sample.elapsedMs);
      const memory = `${figureText(sample.rssMib)} MiB resident, ${figureText(sample.ownMib)} of its own`;
      onProgress(`${packets} packets, ${scores} scores, ${rate}/s so far, ${memory}`);
    },
    notice: onProgress,
  });
  return {
    samples,
    total: ledger.total,
    mix: source.mix,
    loops: source.loops(),
    storeMib: await folderMib(path.join(outFolder, 'store')),
    linesMib: await folderMib(outFolder),
    peakRssMib: process.resourceUsage().maxRSS / 1024,
  };
}

/** Bytes that the files of a folder, not those below it, take on the disk. */
async function folderMib(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isFile()) bytes += (await stat(path.join(folder, entry.name))).blocks * 512;
  }
  return bytes / MIB;
}
