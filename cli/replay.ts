import { Command, InvalidArgumentError } from 'commander';
import { Metrics, PipelineError, createLogger, loadConfig, systemClock } from '../core/index.ts';
import type { Config, ConfigInput } from '../core/index.ts';
import { archiveSource, replay, serveMetrics } from '../pipeline/index.ts';
import type { ReplaySummary } from '../pipeline/index.ts';
import type { ReplaySpeed } from '../streams/index.ts';
import { candidateTable, topCandidates } from './candidates.ts';
import { ledgerTable } from './ledger-table.ts';
import { noticeNothingToRead } from './nothing-to-read.ts';
import { notice } from './notice.ts';
import { parseCount, parseName, parsePort } from './options.ts';
import { createProgress } from './progress.ts';
import { untilStopped } from './run-signal.ts';
import { packageVersion } from './version.ts';

/** Rows of the table of candidates, unless the user says. */
const CANDIDATES_SHOWN = 10;

interface ReplayFlags {
  readonly out: string;
  readonly release?: string;
  readonly speed: ReplaySpeed;
  readonly limit?: number;
  readonly spectra?: string;
  readonly metadata?: string;
  readonly registry?: string;
  readonly schemas?: string;
  readonly order?: 'event' | 'stored';
  readonly top: number;
  readonly metricsPort?: number;
  readonly config?: string;
  readonly json?: true;
}

export function createReplayCommand(): Command {
  return new Command('replay')
    .description('Archives through the pipeline: scores, dead letters, a ledger, and the light curves')
    .argument('<path...>', 'packet files, folders, .tar and .tar.gz archives')
    .requiredOption('--out <dir>', 'output folder; one that holds an interrupted replay is gone on with')
    .option('--release <name>', 'name of a shipped release, or a folder')
    .option('--speed <speed>', 'max, real, or a multiple of real time', parseSpeed, 'max')
    .option('--limit <n>', 'packets to take in this call', parseCount)
    .option('--spectra <dir>', 'folder of spectra: FITS, text or Parquet')
    .option('--metadata <file>', 'catalogue with positions: CSV or Parquet')
    .option('--registry <url>', 'Confluent schema registry')
    .option('--schemas <dir>', 'folder of writer schemas')
    .option('--order <order>', 'event (in order of time) or stored', parseName(['event', 'stored'] as const))
    .option('--top <n>', 'most novel objects to show', parseCount, CANDIDATES_SHOWN)
    .option('--metrics-port <port>', 'serve /metrics while the replay lasts; 0 for any free port', parsePort)
    .option('--config <file>', 'YAML configuration')
    .option('--json', 'print the summary as a JSON line')
    .action(async (paths: string[], flags: ReplayFlags) => {
      const config = loadConfig(flags.config ?? null, overridesOf(flags), process.env);
      const total = flags.limit ?? null;
      const summary = await untilStopped((signal) =>
        replayWithProgress({ label: 'replay', paths, total, config, flags, signal }),
      );
      await printSummary(summary, flags);
      if (!summary.isComplete && flags.limit === undefined) {
        throw new PipelineError('RUN_STOPPED', 'Stopped by a signal; the same command goes on');
      }
    });
}

/** Runs a replay with its progress on standard error and, if configured, its metrics page. */
export async function replayWithProgress(options: {
  readonly label: string;
  readonly paths: readonly string[];
  /** Packets expected; `null` where it is not known. */
  readonly total: number | null;
  readonly config: Config;
  readonly flags: Pick<ReplayFlags, 'out' | 'speed' | 'limit' | 'spectra' | 'metadata'>;
  readonly signal: AbortSignal;
}): Promise<ReplaySummary> {
  const { paths, config, flags, signal } = options;
  const metrics = new Metrics();
  const { port, host } = config.metrics;
  const server = port === null ? null : await serveMetrics(metrics, { host, port });
  if (server !== null) process.stderr.write(`Metrics at ${server.url}\n`);
  const progress = createProgress({ label: options.label, total: options.total, clock: systemClock });
  try {
    const source = await archiveSource({
      paths,
      config,
      speed: flags.speed,
      clock: systemClock,
      metrics,
    });
    noticeNothingToRead(paths, source.inputs);
    return await replay({
      source,
      outFolder: flags.out,
      config,
      packetsMax: flags.limit ?? null,
      spectraFolder: flags.spectra ?? null,
      metadataFile: flags.metadata ?? null,
      version: packageVersion(),
      clock: systemClock,
      metrics,
      logger: createLogger(config.log.level),
      signal,
      onProgress: ({ packets, scores, deadLetters }) => {
        progress.update(packets, `${scores} scores, ${deadLetters} dead letters`);
      },
      notice,
    });
  } finally {
    progress.stop();
    await server?.close();
  }
}

function overridesOf(flags: ReplayFlags): ConfigInput {
  return {
    registry: { url: flags.registry },
    decode: { schemasDir: flags.schemas },
    archive: { order: flags.order },
    model: { release: flags.release },
    metrics: { port: flags.metricsPort },
  };
}

async function printSummary(summary: ReplaySummary, flags: ReplayFlags): Promise<void> {
  if (flags.json === true) {
    process.stdout.write(`${JSON.stringify({ ...summary, out: flags.out })}\n`);
    return;
  }
  const candidates = await topCandidates(flags.out, flags.top);
  if (candidates.length > 0) {
    const table = await candidateTable(candidates, flags.out);
    process.stdout.write(`Most novel objects ("seen": P photometry, M metadata, S spectrum):\n${table}\n`);
  }
  process.stdout.write(`${ledgerTable(summary.ledger)}\n`);
  const { name, note } = summary.release;
  process.stdout.write(`Release ${name}${note === null ? '' : `: ${note}`}\n`);
  const rest = summary.isComplete ? '' : '; stopped early, the same command goes on';
  process.stdout.write(`Scores, dead letters, ledger and light curves are in ${flags.out}${rest}\n`);
}

function parseSpeed(text: string): ReplaySpeed {
  if (text === 'max' || text === 'real') return text;
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('It takes max, real, or a number above 0.');
}
