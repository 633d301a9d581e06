import { Command, InvalidArgumentError } from 'commander';
import { embedTensors, openRelease, SafetensorsFile } from '../model/index.ts';

interface EmbedFlags {
  readonly release: string;
  readonly in: string;
  readonly out: string;
  readonly workers: number;
  readonly json?: true;
}

export function createEmbedCommand(): Command {
  return new Command('embed')
    .description('Embed tensors: in.photometry, in.mask, in.spectra, in.metadata to out.…, one row an object')
    .requiredOption('--release <name>', 'name of a shipped release, or a folder')
    .requiredOption('--in <file>', 'safetensors; a modality without a tensor is left out')
    .requiredOption('--out <file>', 'safetensors; unit rows per modality, and their mean')
    .option('--workers <n>', 'inference threads', parseWorkers, 1)
    .option('--json', 'print the summary as a JSON line')
    .action(async (flags: EmbedFlags) => {
      const release = await openRelease(flags.release);
      const input = await SafetensorsFile.open(flags.in);
      try {
        const { rows, outputs } = await embedTensors({
          release,
          input,
          outFile: flags.out,
          workers: flags.workers,
        });
        const summary = { release: release.manifest.name, rows, outputs, out: flags.out };
        process.stdout.write(
          flags.json === true
            ? `${JSON.stringify(summary)}\n`
            : `${rows} objects embedded with release "${summary.release}": ${outputs.join(', ')} in ${flags.out}\n`,
        );
      } finally {
        await input.close();
      }
    });
}

function parseWorkers(text: string): number {
  const workers = Number(text);
  if (Number.isInteger(workers) && workers >= 1 && workers <= 64) return workers;
  throw new InvalidArgumentError('It must be an integer from 1 to 64.');
}
