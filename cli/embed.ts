import { Command, InvalidArgumentError } from 'commander';
import { DEVICE_CHOICES, PipelineError, systemClock } from '../core/index.ts';
import type { Device, DeviceChoice } from '../core/index.ts';
import { chooseDevice, embedTensors, noticeDevice, openRelease, SafetensorsFile } from '../model/index.ts';
import type { EmbedSummary, Release } from '../model/index.ts';
import { notice } from './notice.ts';
import { parseName } from './options.ts';
import { createProgress } from './progress.ts';
import type { Progress } from './progress.ts';
import { untilStopped } from './run-signal.ts';

interface EmbedFlags {
  readonly release: string;
  readonly in: string;
  readonly out: string;
  readonly workers: number;
  readonly device: DeviceChoice;
  readonly json?: true;
}

export function createEmbedCommand(): Command {
  return new Command('embed')
    .description('Embed tensors: in.photometry, in.mask, in.spectra, in.metadata to out.…, one row an object')
    .requiredOption('--release <name>', 'name of a shipped release, or a folder')
    .requiredOption('--in <file>', 'safetensors; a modality without a tensor is left out')
    .requiredOption('--out <file>', 'safetensors; unit rows per modality, and their mean')
    .option('--workers <n>', 'inference threads', parseWorkers, 1)
    .option('--device <name>', DEVICE_CHOICES.join(', '), parseName(DEVICE_CHOICES), 'cpu')
    .option('--json', 'print the summary as a JSON line')
    .action(async (flags: EmbedFlags) => {
      const release = await openRelease(flags.release);
      const chosen = await chooseDevice(flags.device);
      noticeDevice(chosen, notice);
      const { device } = chosen;
      const { rows, outputs } = await untilStopped((signal) =>
        embedWithProgress({ release, device, flags, signal }),
      );
      const summary = { release: release.manifest.name, rows, outputs, out: flags.out };
      process.stdout.write(
        flags.json === true
          ? `${JSON.stringify(summary)}\n`
          : `${rows} objects embedded with release "${summary.release}": ${outputs.join(', ')} in ${flags.out}\n`,
      );
    });
}

/** Embeds a file with its progress on standard error; a signal ends it without output. */
async function embedWithProgress(options: {
  readonly release: Release;
  readonly device: Device;
  readonly flags: EmbedFlags;
  readonly signal: AbortSignal;
}): Promise<EmbedSummary> {
  const { release, device, flags, signal } = options;
  const { in: inFile, out, workers } = flags;
  const input = await SafetensorsFile.open(inFile);
  // Made when the number of rows is known; typed so that the callback's assignment counts.
  let progress = null as Progress | null;
  try {
    return await embedTensors({
      release,
      input,
      outFile: out,
      workers,
      device,
      signal,
      onProgress: ({ rows, total }) => {
        progress ??= createProgress({ label: 'embed', unit: 'objects', total, clock: systemClock });
        progress.update(rows, `release "${release.manifest.name}"`);
      },
    });
  } catch (cause) {
    if (!signal.aborted) throw cause;
    const reason = `Cannot finish "${out}" as the run was stopped: nothing of it is left`;
    throw new PipelineError('RUN_STOPPED', reason, { cause });
  } finally {
    progress?.stop();
    await input.close();
  }
}

function parseWorkers(text: string): number {
  const workers = Number(text);
  if (Number.isInteger(workers) && workers >= 1 && workers <= 64) return workers;
  throw new InvalidArgumentError('It must be an integer from 1 to 64.');
}
