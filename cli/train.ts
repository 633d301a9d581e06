import { Command, InvalidArgumentError } from 'commander';
import { DEVICE_CHOICES, Metrics, parseConfigFile, systemClock } from '../core/index.ts';
import type { DeviceChoice } from '../core/index.ts';
import {
  alertsTraining,
  chooseDevice,
  noticeDevice,
  paperTrainingSubject,
  train,
  trainingSchema,
} from '../model/index.ts';
import type { TrainingConfig, TrainingSummary, TrainOptions } from '../model/index.ts';
import { serveMetrics } from '../pipeline/index.ts';
import { openTrainingData, parseSimulated } from './training-data.ts';
import type { SimulatedData } from './training-data.ts';
import { notice } from './notice.ts';
import { parseName, parsePort } from './options.ts';
import { createProgress } from './progress.ts';
import type { Progress } from './progress.ts';
import { untilStopped } from './run-signal.ts';

interface TrainFlags {
  readonly config: string;
  readonly data: readonly string[];
  readonly labels?: string;
  readonly simulate?: readonly SimulatedData[];
  readonly validationData?: string;
  readonly out: string;
  readonly device: DeviceChoice;
  readonly threads?: number;
  readonly metricsPort?: number;
  readonly json?: true;
}

/** `nightjar train`: a configuration and tensors to a release. */
export function createTrainCommand(): Command {
  return new Command('train')
    .description('Train a model on data sets, or on a file of tensors')
    .requiredOption('--config <file>', 'YAML configuration of the training')
    .option('--data <path...>', 'data sets of any kind (docs/data-sets.md), or one safetensors file', [])
    .option('--labels <file>', 'classes of objects, before those of the data: objectId,class[,split]')
    .option(
      '--simulate <survey:objects...>',
      'simulated objects, such as ztf:2000 or, with a seed of their own, ztf:2000:night',
      parseSimulated,
    )
    .requiredOption(
      '--out <dir>',
      'folder of the run; one that holds an interrupted training is gone on with',
    )
    .option(
      '--validation-data <file>',
      'safetensors to validate a file of tensors by, instead of objects set aside',
    )
    .option('--device <name>', DEVICE_CHOICES.join(', '), parseName(DEVICE_CHOICES), 'cpu')
    .option('--threads <n>', 'threads of one operator; all cores by default', parseThreads)
    .option(
      '--metrics-port <port>',
      'serve /metrics while the training lasts; 0 for any free port',
      parsePort,
    )
    .option('--json', 'print the summary as a JSON line')
    .action(async (flags: TrainFlags, command: Command) => {
      requireData(flags, command);
      const config = parseConfigFile(flags.config, trainingSchema);
      const summary = await untilStopped((signal) => trainWithProgress(config, flags, signal));
      process.stdout.write(
        flags.json === true ? `${JSON.stringify(summary)}\n` : `${summaryText(summary)}\n`,
      );
    });
}

async function trainWithProgress(
  config: TrainingConfig,
  flags: TrainFlags,
  signal: AbortSignal,
): Promise<TrainingSummary> {
  const { out, threads, metricsPort } = flags;
  const chosen = await chooseDevice(flags.device);
  noticeDevice(chosen, notice);
  const metrics = new Metrics();
  const server =
    metricsPort === undefined ? null : await serveMetrics(metrics, { host: '127.0.0.1', port: metricsPort });
  if (server !== null) process.stderr.write(`Metrics at ${server.url}\n`);
  // Made when the number of steps is known; typed so that the callback's assignment counts.
  let progress = null as Progress | null;
  try {
    return await train({
      ...(await trainingDataFrom(config, flags, signal)),
      outFolder: out,
      device: chosen.device,
      ...(threads === undefined ? {} : { threads }),
      clock: systemClock,
      metrics,
      signal,
      notice,
      onProgress: ({ step, stepsTotal, epoch, loss, samplesPerSecond }) => {
        progress ??= createProgress({ label: 'train', unit: 'steps', total: stepsTotal, clock: systemClock });
        progress.update(
          step,
          `epoch ${epoch}, loss ${loss.toPrecision(4)}, ${samplesPerSecond.toPrecision(3)} objects/s`,
        );
      },
    });
  } finally {
    progress?.stop();
    await server?.close();
  }
}

const TENSORS = '.safetensors';

/** Refuses flags that do not say what to train on, or contradict each other. */
function requireData({ data, simulate, labels, validationData }: TrainFlags, command: Command): void {
  const refuse = (why: string): never => command.error(`error: ${why}`, { exitCode: 2 });
  const tensors = data.filter((file) => file.endsWith(TENSORS));
  if (data.length === 0 && simulate === undefined) refuse('give --data or --simulate');
  if (tensors.length > 0 && (data.length > 1 || simulate !== undefined || labels !== undefined))
    refuse('a file of tensors is trained on alone, and has its labels in it');
  if (tensors.length === 0 && validationData !== undefined)
    refuse('--validation-data goes with a file of tensors: data sets divide their objects themselves');
}

type Trained = Pick<
  TrainOptions,
  'config' | 'subject' | 'dataFile' | 'validationFile' | 'resampledFile' | 'rows'
>;

async function trainingDataFrom(
  config: TrainingConfig,
  flags: TrainFlags,
  signal: AbortSignal,
): Promise<Trained> {
  const { data, labels, simulate = [], validationData = null, out, threads } = flags;
  const [first] = data;
  if (first?.endsWith(TENSORS) === true)
    return {
      config,
      subject:
        config.profile === 'paper'
          ? await paperTrainingSubject(config)
          : (await alertsTraining(config)).subject,
      dataFile: first,
      validationFile: validationData,
    };
  const named = await openTrainingData(config, {
    paths: data,
    simulated: simulate,
    labels,
    outFolder: out,
    threads,
    signal,
  });
  return { ...named, validationFile: null };
}

/** Why a training ended, in words. */
const ENDS: { readonly [E in TrainingSummary['end']]: string } = {
  epochs: 'all epochs are done',
  stepsMax: 'all steps are done',
  earlyStop: 'there was no gain for too long',
};

function summaryText({ release, steps, epochs, end, best, wasFinished }: TrainingSummary): string {
  const weights =
    best === null ? 'the weights of the last step' : `the weights of epoch ${best.epoch}, loss ${best.loss}`;
  const done = `${steps} steps, ${epochs} epochs: ${ENDS[end]}`;
  return wasFinished
    ? `This training was finished before (${done}); nothing was done. Release: ${release}`
    : `${done}. Release with ${weights}: ${release}`;
}

function parseThreads(text: string): number {
  const threads = Number(text);
  if (Number.isInteger(threads) && threads >= 1 && threads <= 1024) return threads;
  throw new InvalidArgumentError('It must be an integer from 1 to 1024.');
}
