import { Metrics, PipelineError, counted, createLogger, systemClock } from '../core/index.ts';
import type { Config } from '../core/index.ts';
import { LetterDecoding, openDeadLetterSource, replay, replayFolderOf } from '../pipeline/index.ts';
import type { DeadLetterSource, LetterSelection, ReplaySummary } from '../pipeline/index.ts';
import type { ReplayLettersFlags } from './dlq-flags.ts';
import { ledgerTable } from './ledger-table.ts';
import { notice } from './notice.ts';
import { createProgress } from './progress.ts';
import { untilStopped } from './run-signal.ts';
import { packageVersion } from './version.ts';

interface FileLettersCall {
  /** Folder of a replay, or the file of letters in it. */
  readonly named: string;
  readonly config: Config;
  readonly selection: LetterSelection;
  readonly flags: ReplayLettersFlags;
}

/** Takes dead letters of a replay's folder through the pipeline, into the same folder. */
export async function replayFileLetters({ named, config, selection, flags }: FileLettersCall): Promise<void> {
  const folder = await replayFolderOf(named);
  if (folder === null) {
    throw new PipelineError(
      'INPUT_NOT_FOUND',
      `Cannot replay the dead letters of "${named}" as they must lie in the output folder of a replay: give that folder`,
    );
  }
  const metrics = new Metrics();
  const decoding = await LetterDecoding.open(config, { clock: systemClock, metrics });
  const source = await openDeadLetterSource(folder, { selection, decoder: decoding.packets });
  const before = { letters: source.letters, lettersDone: source.lettersDone };
  if (source.letters === 0) {
    const text = `There is nothing to replay: ${counted(source.lettersDone, 'letter')} replayed before`;
    process.stdout.write(`${flags.json === true ? JSON.stringify(before) : text}\n`);
    return;
  }
  const summary = await untilStopped((signal) =>
    replayed({ folder, source, config, metrics, flags, signal }),
  );
  if (flags.json === true)
    process.stdout.write(`${JSON.stringify({ ...before, ...summary, out: folder })}\n`);
  else {
    const again = source.lettersDone === 0 ? '' : `; ${source.lettersDone} replayed before`;
    process.stdout.write(`${ledgerTable(summary.ledger)}\n`);
    process.stdout.write(
      `${counted(source.letters, 'dead letter')} of ${folder} went through the pipeline${again}\n`,
    );
  }
  if (!summary.isComplete) {
    throw new PipelineError('RUN_STOPPED', 'Stopped by a signal; the same command goes on');
  }
}

async function replayed(call: {
  readonly folder: string;
  readonly source: DeadLetterSource;
  readonly config: Config;
  readonly metrics: Metrics;
  readonly flags: ReplayLettersFlags;
  readonly signal: AbortSignal;
}): Promise<ReplaySummary> {
  const { folder, source, config, metrics, flags, signal } = call;
  const progress = createProgress({ label: 'dlq replay', total: source.letters, clock: systemClock });
  try {
    return await replay({
      source,
      outFolder: folder,
      config,
      packetsMax: null,
      spectraFolder: null,
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
  }
}
