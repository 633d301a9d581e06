import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { Metrics, createLogger, loadConfig, systemClock } from '../../core/index.ts';
import type { Clock, ConfigInput, ScoreRecord } from '../../core/index.ts';
import {
  LetterDecoding,
  archiveSource,
  openDeadLetterSource,
  openScoringModel,
  replayWith,
} from '../../pipeline/index.ts';
import type {
  DeadLetterLine,
  LedgerCounts,
  LetterSelection,
  ReplaySummary,
  ScoringModel,
} from '../../pipeline/index.ts';
import type { ReplaySpeed } from '../../streams/index.ts';
import { writeNightFiles } from '../../simulator/index.ts';
import type { NightFiles, SimulationOptions } from '../../simulator/index.ts';

export interface ReplayCall {
  readonly paths: readonly string[];
  /** In place of `paths`: the chosen dead letters of the output folder. */
  readonly letters?: Partial<LetterSelection>;
  /** Output folder: its name below the bench's folder. */
  readonly out: string;
  readonly config?: ConfigInput;
  readonly limit?: number;
  readonly spectra?: string;
  readonly metadata?: string;
  readonly speed?: ReplaySpeed;
  readonly signal?: AbortSignal;
  readonly metrics?: Metrics;
  readonly clock?: Clock;
  readonly onProgress?: () => void;
}

/** What an archive holds: a simulated packet, or any bytes. */
export interface TarMember {
  readonly memberName: string;
  readonly bytes: Buffer;
}

/** Small batches, so that a small night has several. */
const SMALL_BATCHES: ConfigInput = { pipeline: { batchPackets: 4 } };

/** A temporary folder with nights and outputs, and the shipped release open once for all of a file's replays. */
export class ReplayBench {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'nightjar-replays-'));
  #model: Promise<ScoringModel> | null = null;

  path(...names: readonly string[]): string {
    return path.join(this.folder, ...names);
  }

  /** A file of the bench's folder. */
  async write(name: string, content: string | Buffer): Promise<string> {
    await writeFile(this.path(name), content);
    return this.path(name);
  }

  /** A simulated night without images, its archive under this name. */
  night(name: string, options: SimulationOptions & { readonly alerts: number }): Promise<NightFiles> {
    const signal = new AbortController().signal;
    return writeNightFiles({ withCutouts: false, ...options, file: this.path(name), signal });
  }

  /** An uncompressed tar of these members. */
  async tar(name: string, members: readonly TarMember[]): Promise<string> {
    const packed = pack();
    for (const { memberName, bytes } of members) packed.entry({ name: memberName }, bytes);
    packed.finalize();
    const file = this.path(name);
    writeFileSync(file, await buffer(packed));
    return file;
  }

  async replay(call: ReplayCall): Promise<ReplaySummary> {
    this.#model ??= openScoringModel(loadConfig(null), new Metrics());
    return replayOnce(await this.#model, { ...call, out: this.path(call.out) });
  }

  /** Every file of an output folder but the store's, by name. */
  output(out: string): Readonly<Record<string, string>> {
    return Object.fromEntries(OUTPUT_FILES.map((name) => [name, this.text(out, name)]));
  }

  text(out: string, name: string): string {
    const file = this.path(out, name);
    return existsSync(file) ? readFileSync(file, 'utf8') : '(not there)';
  }

  scores(out: string): readonly ScoreRecord[] {
    return this.#lines(out, 'scores.jsonl') as readonly ScoreRecord[];
  }

  letters(out: string, name = 'dead-letters.jsonl'): readonly DeadLetterLine[] {
    return this.#lines(out, name) as readonly DeadLetterLine[];
  }

  async close(): Promise<void> {
    await (await this.#model)?.close();
    rmSync(this.folder, { recursive: true });
  }

  #lines(out: string, name: string): readonly unknown[] {
    const lines = this.text(out, name).split('\n');
    return lines.filter((line) => line !== '').map((line): unknown => JSON.parse(line));
  }
}

/** One call of `replay`, without a progress display; `call.out` is the folder itself. */
export async function replayOnce(model: ScoringModel, call: ReplayCall): Promise<ReplaySummary> {
  const { paths, out, limit = null, spectra = null, metadata = null, speed = 'max' } = call;
  const { signal = new AbortController().signal, metrics = new Metrics(), clock = systemClock } = call;
  const config = loadConfig(null, { ...SMALL_BATCHES, ...call.config });
  const common = { config, clock, metrics, signal };
  return replayWith(model, {
    ...common,
    source:
      call.letters === undefined
        ? await archiveSource({ ...common, paths, speed })
        : await openDeadLetterSource(out, {
            selection: { code: null, sinceMs: null, positions: [], ...call.letters },
            decoder: (await LetterDecoding.open(config, common)).packets,
          }),
    outFolder: out,
    packetsMax: limit,
    spectraFolder: spectra,
    metadataFile: metadata,
    version: 'test',
    logger: createLogger('silent'),
    onProgress: call.onProgress ?? (() => undefined),
  });
}

const OUTPUT_FILES = [
  'scores.jsonl',
  'dead-letters.jsonl',
  'too-late.jsonl',
  'finished-inputs.jsonl',
  'ledger.json',
  'manifest.json',
  'checkpoint.json',
] as const;

/** Counts of a ledger, the outcomes that did not occur left out. */
export function nonZero(counts: LedgerCounts): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));
}
