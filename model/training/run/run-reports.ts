import { statSync } from 'node:fs';
import path from 'node:path';
import type { Clock, Metrics } from '../../../core/index.ts';
import { outputFailure } from '../../../core/index.ts';
import { writeDurably } from '../../durable-file.ts';
import { lossPlot } from './loss-plot.ts';
import { LossSeries } from './loss-series.ts';
import { readRunLines, RunLog } from './run-log.ts';
import type { RunLine } from './run-log.ts';

/** The files by which a run can be watched. */
export const RUN_FILES = { lines: 'metrics.jsonl', textfile: 'metrics.prom', plot: 'loss.svg' } as const;

/** Least time between two textfiles: scrapers look every few seconds at most. */
const TEXTFILE_INTERVAL_MS = 5000;

export interface RunReportsOptions {
  readonly folder: string;
  /** Committed length of `metrics.jsonl`. */
  readonly bytes: number;
  /** Stands above the plot. */
  readonly title: string;
  readonly everySteps: number;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

type LineOf<K extends RunLine['kind']> = Extract<RunLine, { readonly kind: K }>;

/** What is told of a run while it lasts: lines, gauges, a textfile for node-exporter, and a plot. */
export class RunReports {
  readonly #options: RunReportsOptions;
  readonly #log: RunLog;
  readonly #training = new LossSeries();
  readonly #validation = new LossSeries();
  #textfileMs = Number.NEGATIVE_INFINITY;

  private constructor(options: RunReportsOptions, log: RunLog) {
    this.#options = options;
    this.#log = log;
  }

  /** @throws PipelineError as `RunLog.open()` */
  static async open(options: RunReportsOptions): Promise<RunReports> {
    const file = path.join(options.folder, RUN_FILES.lines);
    const log = await RunLog.open(file, options.bytes);
    try {
      const reports = new RunReports(options, log);
      for await (const line of readRunLines(file)) reports.#plot(line);
      return reports;
    } catch (error) {
      await log.close().catch(() => undefined);
      throw error;
    }
  }

  /** @param samples objects of the step */
  async step(line: LineOf<'step'>, samples: number): Promise<void> {
    const { metrics, everySteps } = this.#options;
    metrics.count('nightjar_training_steps_total', null);
    metrics.count('nightjar_training_samples_total', null, samples);
    metrics.gauge('nightjar_training_epoch', null, line.epoch);
    metrics.gauge('nightjar_training_loss', null, line.loss);
    metrics.gauge('nightjar_training_gradient_norm', null, line.gradientNorm);
    metrics.gauge('nightjar_training_learning_rate', null, line.learningRate);
    if (line.step % everySteps === 0) {
      await this.#log.append(line);
      this.#plot(line);
    }
    if (this.#options.clock.monotonicMs() - this.#textfileMs >= TEXTFILE_INTERVAL_MS)
      await this.#writeTextfile();
  }

  async epoch(line: LineOf<'epoch'>): Promise<void> {
    if (line.validationLoss !== null)
      this.#options.metrics.gauge('nightjar_training_validation_loss', null, line.validationLoss);
    await this.#log.append(line);
    this.#plot(line);
  }

  /** Makes the lines last, and writes textfile and plot. @returns the length of the lines */
  async commit(): Promise<number> {
    const bytes = await this.#log.commit();
    await this.#writeTextfile();
    const plot = lossPlot({
      title: this.#options.title,
      training: this.#training.points,
      validation: this.#validation.points,
    });
    await this.#write(RUN_FILES.plot, plot);
    return bytes;
  }

  async close(): Promise<void> {
    await this.#log.close();
  }

  #plot(line: RunLine): void {
    if (line.kind === 'step') this.#training.add(line.step, line.loss);
    else if (line.validationLoss !== null) this.#validation.add(line.step, line.validationLoss);
  }

  async #writeTextfile(): Promise<void> {
    this.#textfileMs = this.#options.clock.monotonicMs();
    await this.#write(RUN_FILES.textfile, await this.#options.metrics.expositionOf('nightjar_training_'));
  }

  async #write(name: string, text: string): Promise<void> {
    const file = path.join(this.#options.folder, name);
    await writeDurably(file, text).catch((cause: unknown) => {
      throw outputFailure(cause, file);
    });
  }
}

/** Whether a folder holds lines of a run. */
export function hasRunLines(folder: string): boolean {
  return (statSync(path.join(folder, RUN_FILES.lines), { throwIfNoEntry: false })?.size ?? 0) > 0;
}
