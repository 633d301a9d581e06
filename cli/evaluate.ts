import { Command, InvalidArgumentError } from 'commander';
import { DEVICE_CHOICES, PipelineError, counted, jsonText, systemClock } from '../core/index.ts';
import type { DataSet, DeviceChoice } from '../core/index.ts';
import {
  EMBEDDED_MODALITIES,
  EVALUATION_DEFAULTS,
  EVALUATION_OBJECTS_MAX,
  EVALUATION_TASKS,
  chooseDevice,
  embedDataSets,
  evaluate,
  evaluationReport,
  modalityCounts,
  noticeDevice,
  openObjectEncoder,
  openRelease,
  peakRssMiB,
  picturesOf,
} from '../model/index.ts';
import type { EmbeddedObjects, EvaluationTask, EvaluationResult } from '../model/index.ts';
import { EvaluationFolder } from './evaluation-folder.ts';
import { headlineOf } from './evaluation-headlines.ts';
import { FaultNotices } from './fault-notices.ts';
import { notice } from './notice.ts';
import { openData, openSimulatedData } from './open-data.ts';
import { parseCount, parseName } from './options.ts';
import { createProgress } from './progress.ts';
import { untilStopped } from './run-signal.ts';
import { parseSimulated } from './training-data.ts';
import type { SimulatedData } from './training-data.ts';

interface EvaluateFlags {
  readonly release: string;
  readonly data: readonly string[];
  readonly simulate?: readonly SimulatedData[];
  readonly labels?: string;
  readonly out: string;
  readonly tasks: readonly EvaluationTask[];
  readonly survey?: string;
  readonly minClass: number;
  readonly minNovelty: number;
  readonly seed: string;
  readonly seeds: number;
  readonly testRatio: number;
  readonly mapObjects: number;
  readonly workers: number;
  readonly device: DeviceChoice;
  readonly json?: true;
}

/** `nightjar evaluate`: what a release is worth on labelled objects, as tables and pictures. */
export function createEvaluateCommand(): Command {
  const { seed, seeds, testRatio, classObjectsMin, noveltyObjectsMin, mapObjectsMax } = EVALUATION_DEFAULTS;
  return new Command('evaluate')
    .description('Measure a release on labelled objects: classes, retrieval, novelty and more, with pictures')
    .requiredOption('--release <name>', 'name of a shipped release, or a folder')
    .option('--data <path...>', 'data sets: see docs/data-sets.md', [])
    .option(
      '--simulate <survey:objects...>',
      'simulated objects, such as ztf:2000 or, with a seed of their own, ztf:2000:night',
      parseSimulated,
    )
    .requiredOption('--out <dir>', 'folder for tables and pictures; new or empty')
    .option('--labels <file>', 'table of objectId, class and where there split')
    .option('--tasks <list>', EVALUATION_TASKS.join(','), parseTasks, EVALUATION_TASKS)
    .option('--survey <name>', 'objects of this survey only')
    .option('--min-class <n>', 'fewest objects of a class that counts', parseCount, classObjectsMin)
    .option('--min-novelty <n>', 'fewest objects of a class to leave out', parseCount, noveltyObjectsMin)
    .option('--seed <seed>', 'number or text; draws splits, samples and noise', String(seed))
    .option('--seeds <n>', 'repetitions of what depends on a draw', parseCount, seeds)
    .option('--test-ratio <r>', 'share to test with, where the data do not say', parseTestRatio, testRatio)
    .option('--map-objects <n>', 'most objects on the map', parseCount, mapObjectsMax)
    .option('--workers <n>', 'threads that embed', parseWorkers, 1)
    .option('--device <name>', DEVICE_CHOICES.join(', '), parseName(DEVICE_CHOICES), 'cpu')
    .option('--json', 'print one JSON line per task')
    .action(async (flags: EvaluateFlags, command: Command) => {
      if (flags.data.length === 0 && flags.simulate === undefined)
        command.error('error: give --data or --simulate', { exitCode: 2 });
      await untilStopped((signal) => evaluateUntilStopped(flags, signal));
    });
}

async function evaluateUntilStopped(flags: EvaluateFlags, signal: AbortSignal): Promise<void> {
  try {
    await evaluateInto(flags, signal);
  } catch (cause) {
    if (!signal.aborted) throw cause;
    const reason = `Cannot finish the evaluation in "${flags.out}" as the run was stopped`;
    throw new PipelineError('RUN_STOPPED', reason, { cause });
  }
}

async function evaluateInto(flags: EvaluateFlags, signal: AbortSignal): Promise<void> {
  const release = await openRelease(flags.release);
  const about = { release: release.manifest.name, data: namesOf(flags) };
  await EvaluationFolder.requireEmpty(flags.out);
  const { objects, spent } = await embedded(flags, { release, signal });
  // Only now, so that a wrong path leaves no folder behind.
  const folder = await EvaluationFolder.open(flags.out);
  const publish = async (line: object, text: string): Promise<void> => {
    await folder.addLine(line);
    process.stdout.write(flags.json === true ? `${jsonText(line)}\n` : `${text}\n`);
  };
  const { n, modalities, classes } = summaryOf(objects);
  await publish(
    { task: 'embed', n, modalities, classes, ...spent, ...about },
    row('embed', `${counted(n, 'object')}, ${Object.keys(classes).length} classes`, spent.elapsedMs),
  );
  const progress = createProgress({
    label: 'evaluate',
    unit: 'tasks',
    total: flags.tasks.length,
    clock: systemClock,
  });
  const results: EvaluationResult[] = [];
  try {
    for await (const result of evaluate({
      objects,
      tasks: flags.tasks,
      seed: flags.seed,
      seeds: flags.seeds,
      testRatio: flags.testRatio,
      classObjectsMin: flags.minClass,
      noveltyObjectsMin: flags.minNovelty,
      mapObjectsMax: flags.mapObjects,
      clock: systemClock,
      signal,
    })) {
      results.push(result);
      progress.update(results.length, result.task);
      for (const { file, text } of picturesOf(result)) await folder.write(file, text);
      await publish({ ...lineOf(result), ...about }, row(result.task, headlineOf(result), result.elapsedMs));
    }
  } finally {
    progress.stop();
  }
  const text = evaluationReport({ ...about, about: aboutLines(objects), results });
  await folder.write('report.md', text);
  if (flags.json !== true) process.stdout.write(`Tables and pictures: ${flags.out}/report.md\n`);
}

/** What the data are called in results: paths, and simulations as their flag names them. */
function namesOf({ data, simulate = [] }: EvaluateFlags): readonly string[] {
  return [
    ...data,
    ...simulate.map(({ survey, objects, seed }) =>
      ['simulated', survey, objects, ...(seed === null ? [] : [seed])].join(':'),
    ),
  ];
}

/** Reads and embeds the objects, with progress and faults on standard error. */
async function embedded(
  flags: EvaluateFlags,
  {
    release,
    signal,
  }: { readonly release: Awaited<ReturnType<typeof openRelease>>; readonly signal: AbortSignal },
): Promise<{ readonly objects: EmbeddedObjects; readonly spent: { elapsedMs: number; peakRssMiB: number } }> {
  const chosen = await chooseDevice(flags.device);
  noticeDevice(chosen, notice);
  const dataSets: DataSet[] = [];
  const faults = new FaultNotices();
  const progress = createProgress({ label: 'embed', unit: 'objects', total: null, clock: systemClock });
  const startMs = systemClock.monotonicMs();
  try {
    const labels = flags.labels === undefined ? {} : { labels: flags.labels };
    for (const source of flags.data) dataSets.push(await openData(source, { signal, ...labels }));
    for (const simulated of flags.simulate ?? [])
      dataSets.push(await openSimulatedData(simulated, { ownSeed: flags.seed, ...labels }));
    const encoder = await openObjectEncoder({ release, workers: flags.workers, device: chosen.device });
    try {
      const { objects, isCut } = await embedDataSets({
        dataSets,
        encoder,
        ...(flags.survey === undefined ? {} : { survey: flags.survey }),
        signal,
        onFault: faults.add,
        onProgress: (count) => {
          progress.update(count, `release "${release.manifest.name}"`);
        },
      });
      if (isCut) notice(`only the first ${EVALUATION_OBJECTS_MAX} objects are evaluated: there are more`);
      if (objects.ids.length === 0) {
        const whose = flags.survey === undefined ? '' : ` of survey "${flags.survey}"`;
        const named = namesOf(flags)
          .map((source) => `"${source}"`)
          .join(', ');
        throw new PipelineError('DATA_SET_INVALID', `Cannot evaluate ${named} as no object${whose} is there`);
      }
      const elapsedMs = Math.round(systemClock.monotonicMs() - startMs);
      return { objects, spent: { elapsedMs, peakRssMiB: peakRssMiB() } };
    } finally {
      await encoder.close();
    }
  } finally {
    progress.stop();
    faults.summarise();
    for (const dataSet of dataSets) await dataSet.close();
  }
}

/** A result as a line: its figures beside its name. */
function lineOf({ task, skipped, figures, elapsedMs, peakRssMiB: peak }: EvaluationResult): object {
  const found = figures ?? { n: 0, skipped };
  return { task, ...found, elapsedMs, peakRssMiB: peak };
}

function summaryOf(objects: EmbeddedObjects): {
  readonly n: number;
  readonly modalities: Readonly<Record<string, number>>;
  readonly classes: Readonly<Record<string, number>>;
} {
  const classes = new Map<string, number>();
  for (const name of objects.classNames) if (name !== null) classes.set(name, (classes.get(name) ?? 0) + 1);
  const sorted = [...classes].sort(([a], [b]) => (a < b ? -1 : 1));
  return { n: objects.ids.length, modalities: modalityCounts(objects), classes: Object.fromEntries(sorted) };
}

function aboutLines(objects: EmbeddedObjects): readonly string[] {
  const { n, modalities, classes } = summaryOf(objects);
  const having = EMBEDDED_MODALITIES.map((modality) => `${modalities[modality] ?? 0} with ${modality}`);
  const names = Object.entries(classes).map(([name, count]) => `${name} (${count})`);
  return [
    `${counted(n, 'object')}: ${having.join(', ')}.`,
    '',
    `Classes: ${names.length === 0 ? 'none' : names.join(', ')}.`,
  ];
}

function row(task: string, text: string, elapsedMs: number): string {
  return `${task.padEnd(18)}${text} [${(elapsedMs / 1000).toFixed(1)} s]`;
}

function parseTasks(text: string): readonly EvaluationTask[] {
  const parse = parseName(EVALUATION_TASKS);
  return text.split(',').map((name) => parse(name.trim()));
}

function parseTestRatio(text: string): number {
  const value = Number(text);
  if (value > 0 && value < 1) return value;
  throw new InvalidArgumentError('It takes a number between 0 and 1.');
}

function parseWorkers(text: string): number {
  const workers = Number(text);
  if (Number.isInteger(workers) && workers >= 1 && workers <= 64) return workers;
  throw new InvalidArgumentError('It must be an integer from 1 to 64.');
}
