import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadConfig, systemClock } from '../core/index.ts';
import type { Config } from '../core/index.ts';
import { SIMULATED_SURVEYS, writeNightFiles } from '../simulator/index.ts';
import { createPacketDecoder, openSchemaRegistry, surveyAdapters } from '../streams/index.ts';
import type { PacketDecoder } from '../streams/index.ts';
import { REPOSITORY } from './repository.ts';

export const BENCH_SURVEYS = ['ztf', 'lsst', 'elasticc'] as const;
export type BenchSurvey = (typeof BENCH_SURVEYS)[number];

/** Packets to measure on. */
export interface BenchData {
  readonly kind: 'real' | 'simulated';
  /** Files and folders, by survey. */
  readonly paths: ReadonlyMap<BenchSurvey, readonly string[]>;
  /** Writer schemas by version, `MAJOR.MINOR/*.avsc`. */
  readonly schemasDir: string;
}

/** Where each survey's packets lie below the root of real data. */
const REAL_PATHS: { readonly [S in BenchSurvey]: readonly string[] } = {
  ztf: ['alerts/ztf'],
  lsst: ['alerts/lsst/confluent_v10_0_reencoded', 'alerts/lsst/confluent'],
  elasticc: ['alerts/elasticc_v0_9.tar.gz'],
};

export interface BenchDataOptions {
  /** True leaves real packets alone. */
  readonly isSimulated: boolean;
  /** Alerts of each simulated night. */
  readonly simulatedAlerts: number;
}

/** A folder for one benchmark's files, removed when `work` ends. */
export async function withTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'nightjar-bench-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Real packets from NIGHTJAR_TEST_DATA, or from `shared` beside the repository; a simulated night of each
 * survey where neither is there.
 *
 * @param folder where simulated nights are written
 */
export async function openBenchData(folder: string, options: BenchDataOptions): Promise<BenchData> {
  const root = process.env['NIGHTJAR_TEST_DATA'] ?? path.join(REPOSITORY, '..', 'shared');
  const below = (part: string): string => path.join(path.resolve(root), 'data', part);
  const real = BENCH_SURVEYS.map((survey) => {
    const found = REAL_PATHS[survey].map(below).filter((file) => existsSync(file));
    return [survey, found] as const;
  }).filter(([, found]) => found.length > 0);
  if (!options.isSimulated && real.length > 0)
    return { kind: 'real', paths: new Map(real), schemasDir: below('schemas/lsst') };
  return simulatedData(folder, options.simulatedAlerts);
}

async function simulatedData(folder: string, alerts: number): Promise<BenchData> {
  const paths = new Map<BenchSurvey, readonly string[]>();
  let schemasDir = folder;
  for (const survey of SIMULATED_SURVEYS) {
    const file = path.join(folder, `${survey}.tar`);
    const { signal } = new AbortController();
    const night = await writeNightFiles({ survey, seed: 'bench', alerts, file, signal });
    paths.set(survey, [night.archive]);
    schemasDir = night.schemas ?? schemasDir;
  }
  return { kind: 'simulated', paths, schemasDir };
}

/** The configuration that packets are read with: the defaults, and the data's schemas. */
export function benchConfig({ schemasDir }: Pick<BenchData, 'schemasDir'>): Config {
  return loadConfig(null, { decode: { schemasDir }, archive: { order: 'stored' } });
}

/** The decoder of the pipeline. */
export async function openBenchDecoder(config: Config): Promise<PacketDecoder> {
  const { schemasDir, mappings } = config.decode;
  return createPacketDecoder({
    decode: config.decode,
    registry: await openSchemaRegistry({ registry: config.registry, schemasDir, clock: systemClock }),
    adapters: surveyAdapters(mappings),
    withCutouts: false,
  });
}
