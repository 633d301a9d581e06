import { statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { systemErrorCode, PipelineError } from '../../core/index.ts';
import type { Clock, Config, Logger, Metrics } from '../../core/index.ts';
import { noticeDevice } from '../../model/index.ts';
import {
  createPacketDecoder,
  listArchiveInputs,
  openCatalogue,
  openLmdbStore,
  openSchemaRegistry,
  pacePackets,
  readArchives,
  readSpectra,
  requireSpectra,
  surveyAdapters,
} from '../../streams/index.ts';
import type { ArchiveInput, DecodedPacket, ReplaySpeed } from '../../streams/index.ts';
import type { LedgerReport } from '../ledger.ts';
import { OutputFolder } from './output-folder.ts';
import type { FolderProgress } from './output-folder.ts';
import { Run } from './run.ts';
import { planRun } from './run-plan.ts';
import { Scorer } from '../scorer.ts';
import { openScoringModel } from '../scoring-model.ts';
import type { ScoringModel } from '../scoring-model.ts';
import { Stages } from '../stages.ts';

/** Where the packets of a replay come from. The same inputs give the same packets in the same order. */
export interface PacketSource {
  readonly inputs: readonly ArchiveInput[];
  /**
   * @param inputs those of the source's inputs that no earlier call has finished
   * @param signal ends a wait for a packet's time
   */
  packets(inputs: readonly ArchiveInput[], signal: AbortSignal): AsyncIterable<DecodedPacket>;
}

export interface ReplayOptions {
  readonly source: PacketSource;
  readonly outFolder: string;
  readonly config: Config;
  /** Packets that this call may consume; `null` for all. */
  readonly packetsMax: number | null;
  readonly spectraFolder: string | null;
  readonly metadataFile: string | null;
  /** Version of the program, for the manifest. */
  readonly version: string;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Stops the reading; what is under way is finished and committed. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ReplayProgress) => void;
  /** Told the few things that a person at the terminal wants to know. */
  readonly notice: (text: string) => void;
}

export interface ReplayProgress {
  readonly packets: number;
  readonly scores: number;
  readonly deadLetters: number;
}

export interface ReplaySummary {
  readonly ledger: LedgerReport;
  readonly release: { readonly name: string; readonly note: string | null };
  readonly spectra: { readonly taken: number; readonly rejected: number };
  /** False if the signal or the limit ended the call before its inputs did; the same call goes on. */
  readonly isComplete: boolean;
}

/**
 * Replays archives through the pipeline into a folder: `scores.jsonl`, `dead-letters.jsonl`, `too-late.jsonl`,
 * `ledger.json`, `manifest.json`, `checkpoint.json` and the store. The same inputs, release and settings give the same
 * bytes, however often the call is interrupted and made again.
 *
 * @throws PipelineError naming what is missing, unreadable, damaged or full
 */
export async function replay(options: ReplayOptions): Promise<ReplaySummary> {
  const model = await openScoringModel(options.config, options.metrics);
  try {
    noticeDevice(model.device, options.notice);
    return await replayWith(model, options);
  } finally {
    await model.close();
  }
}

/** A replay by a model that is open already, and stays so. */
export async function replayWith(
  model: ScoringModel,
  options: Omit<ReplayOptions, 'notice'>,
): Promise<ReplaySummary> {
  const { config, logger, metrics, outFolder } = options;
  const { name, weights } = model.manifest;
  const catalogue =
    options.metadataFile === null
      ? null
      : await openCatalogue({ file: options.metadataFile, join: config.join });
  const settings = await settingsOf(options, model);
  if (options.spectraFolder !== null) await requireSpectra(options.spectraFolder);
  const storeFolder = path.join(outFolder, 'store');
  const wanted = { inputs: options.source.inputs, settings };
  // Refused before anything is changed: another process may be at work there.
  const found = await OutputFolder.prepare(outFolder);
  planRun(found, wanted);
  requireStoreOf(found, storeFolder);
  const store = await openLmdbStore({
    mode: 'write',
    folder: storeFolder,
    window: config.window,
    join: config.join,
    metrics,
  });
  const closers = [() => store.close()];
  try {
    // The store is held by this process alone, and so is the folder.
    const opened = await OutputFolder.open(outFolder);
    closers.push(() => opened.output.close());
    const plan = planRun(opened, wanted);
    const { embed, detectors } = model;
    const keepPeriods = (periods: ReadonlyMap<string, Uint8Array>): void => {
      store.keepPeriods(periods);
    };
    const scorer = new Scorer({ embed, detectors, catalogue, release: name, metrics, keepPeriods });
    const stages = new Stages({ config, store, scorer, clock: options.clock, metrics });
    const run = new Run({ ...options, ...opened, plan, store, scorer, stages });
    await run.begin();
    if (options.spectraFolder !== null) {
      const notice = (text: string): void => {
        logger.warn(text);
      };
      await run.takeSpectra(readSpectra(options.spectraFolder, config.join, notice));
    }
    const isComplete = await run.takePackets((signal) => options.source.packets(plan.inputs, signal));
    const totals = await run.close(isComplete);
    await opened.output.writeJson('manifest.json', {
      nightjar: options.version,
      settings,
      inputs: [...opened.finished, ...plan.inputs],
      isComplete,
    });
    return { ...totals, release: { name, note: weights.note }, isComplete };
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

/** Refuses to go on without the light curves that earlier calls have kept: revisions would begin again. */
function requireStoreOf({ folder, checkpoint }: FolderProgress, storeFolder: string): void {
  const packets = checkpoint?.ledger.total.consumed ?? 0;
  if (packets === 0 || holdsData(storeFolder)) return;
  throw new PipelineError(
    'STORE_UNREADABLE',
    `Cannot go on in "${folder}" as its store is not there: current value is ${packets} packets consumed; put "${storeFolder}" back or take another --out`,
  );
}

/** True but for a store that is gone or emptied; what is wrong with another is told when it is opened. */
function holdsData(storeFolder: string): boolean {
  try {
    return statSync(path.join(storeFolder, 'data.mdb')).size > 0;
  } catch (error) {
    return systemErrorCode(error) !== 'ENOENT';
  }
}

/** Everything besides packets that a record depends on. */
async function settingsOf(
  options: Pick<ReplayOptions, 'config' | 'spectraFolder' | 'metadataFile'>,
  { manifest: release, device: { device } }: ScoringModel,
): Promise<unknown> {
  const { config, spectraFolder, metadataFile } = options;
  const { decode, archive, window, join, score, pipeline } = config;
  const catalogue =
    metadataFile === null ? null : { file: metadataFile, byteLength: (await stat(metadataFile)).size };
  return { release, device, spectraFolder, catalogue, decode, archive, window, join, score, pipeline };
}

/**
 * The packets of files, folders and archives.
 *
 * @throws PipelineError INPUT_NOT_FOUND naming a path that is not there
 */
export async function archiveSource(options: {
  readonly paths: readonly string[];
  readonly config: Config;
  readonly speed: ReplaySpeed;
  readonly clock: Clock;
  readonly metrics: Metrics;
}): Promise<PacketSource> {
  const { paths, config, speed, clock, metrics } = options;
  const { schemasDir, mappings } = config.decode;
  const decoder = createPacketDecoder({
    decode: config.decode,
    registry: await openSchemaRegistry({ registry: config.registry, schemasDir, clock, metrics }),
    adapters: surveyAdapters(mappings),
    withCutouts: false,
  });
  return {
    inputs: await listArchiveInputs(paths),
    packets: (inputs, signal) =>
      pacePackets(readArchives(inputs, { decoder, archive: config.archive, metrics }), {
        speed,
        clock,
        signal,
      }),
  };
}
