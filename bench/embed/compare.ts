import path from 'node:path';
import { openBenchData, withTemporaryFolder } from '../data.ts';
import type { BenchData } from '../data.ts';
import { moduleBeside } from '../repository.ts';
import { median } from '../result.ts';
import type { BenchReport, Measured } from '../result.ts';
import { alternate, figureOf, nodeVariant } from '../rounds.ts';
import type { Figures, Variant } from '../rounds.ts';
import { figureText, textTable } from '../table.ts';
import { curvesOfLength, medianSpanDays, packetCurves, writeCurves } from './curves.ts';
import type { Duration } from './stopwatch.ts';
import { writeStream } from './stream.ts';

export interface EmbedBenchOptions extends Duration {
  readonly isSimulated: boolean;
  /** Alerts of each night where packets are simulated. */
  readonly simulatedAlerts: number;
  readonly rounds: number;
  /** Objects that are embedded at a time. */
  readonly batches: readonly number[];
  /** Points of the light curves for the profile `alerts`. */
  readonly lengths: readonly number[];
  /** Attentions of the profile `paper`; none leaves it out. */
  readonly attentions: readonly PaperAttention[];
  readonly onProgress: (what: string) => void;
}

export const PAPER_ATTENTIONS = ['prob', 'full'] as const;
export type PaperAttention = (typeof PAPER_ATTENTIONS)[number];

/** Steps of the profile `paper`; a shorter curve is padded to it and costs the same. */
const PAPER_LENGTH = 200;
/** Length at which the profile `alerts` is also measured with metadata and spectrum. */
const JOINED_LENGTH = 100;

/** Every alert's object is prepared, with and without what was kept of its periods. */
const STREAM = 'stream';

/** One row of the tables: what is measured in processes of its own. */
interface Row {
  readonly name: string;
  readonly text: string;
  readonly points: number;
  readonly spanDays: number;
  readonly variant: Variant;
}

/** Embeddings a second on one thread, by profile, length of the light curve and size of the batch. */
export function embedBench(options: EmbedBenchOptions): Promise<BenchReport> {
  return withTemporaryFolder(async (folder) => {
    const data = await openBenchData(folder, options);
    const rows = await rowsOf(folder, data, options);
    const streamFile = path.join(folder, 'stream.jsonl');
    const alerts = await writeStream(streamFile, data);
    const stream = nodeVariant(STREAM, moduleBeside(import.meta.url, 'stream-variant'), [streamFile]);
    const outcome = alternate([...rows.map(({ variant }) => variant), stream], {
      rounds: options.rounds,
      onRun: options.onProgress,
    });
    return reportOf(rows, { outcome, data, options, alerts });
  });
}

async function rowsOf(folder: string, data: BenchData, options: EmbedBenchOptions): Promise<readonly Row[]> {
  const { batches, lengths, attentions, warmUpMs, countedMs } = options;
  const found = await packetCurves(data);
  const longest = Math.max(...found.map(({ points }) => points.length));
  const curvesFileOf = (points: number): { readonly file: string; readonly spanDays: number } => {
    const set = curvesOfLength(found, { points, count: Math.max(...batches) });
    const file = path.join(folder, `curves-${points}.json`);
    writeCurves(file, set);
    return { file, spanDays: medianSpanDays(set) };
  };
  const row = (name: string, what: { text: string; points: number; module: string; last: string }): Row => {
    const { text, points, module, last } = what;
    const { file, spanDays } = curvesFileOf(points);
    const args = [file, batches.join(), String(warmUpMs), String(countedMs), last];
    const variant = nodeVariant(name, moduleBeside(import.meta.url, module), args);
    return { name, text, points, spanDays, variant };
  };
  const alerts = lengths
    .filter((points) => points <= longest)
    .flatMap((points) => {
      const bare = { text: `alerts, ${points} points`, points, module: 'alerts-variant', last: 'false' };
      const joined = { ...bare, text: `${bare.text}, spectrum, metadata`, last: 'true' };
      const rows = [row(`alerts.${points}`, bare)];
      return points === JOINED_LENGTH ? [...rows, row(`alerts.${points}.joined`, joined)] : rows;
    });
  const points = Math.min(PAPER_LENGTH, longest);
  const paper = attentions.map((attention) => {
    const text = `paper, ${attention === 'prob' ? 'sparse' : 'full'} attention, all three`;
    return row(`paper.${attention}`, { text, points, module: 'paper-variant', last: attention });
  });
  return [...alerts, ...paper];
}

function reportOf(
  rows: readonly Row[],
  context: {
    readonly outcome: ReadonlyMap<string, readonly Figures[]>;
    readonly data: BenchData;
    readonly options: EmbedBenchOptions;
    /** Of the stream. */
    readonly alerts: number;
  },
): BenchReport {
  const { outcome, data, options, alerts } = context;
  const { rounds, batches, lengths, attentions, warmUpMs, countedMs } = options;
  const figures: Record<string, Measured> = {};
  for (const { name } of rows) {
    for (const figure of Object.keys(outcome.get(name)?.[0] ?? {})) {
      const unit = figure.startsWith('embeddingsPerSecond') ? 'objects/s' : 'ms/object';
      figures[`${name}.${figure}`] = { unit, raw: figureOf(outcome.get(name), figure) };
    }
  }
  for (const figure of ['coldMs', 'keptMs', 'coldRatio', 'keptRatio'])
    figures[`${STREAM}.${figure}`] = {
      unit: figure.endsWith('Ms') ? 'ms/alert' : 'searches/alert',
      raw: figureOf(outcome.get(STREAM), figure),
    };
  const streamed = (figure: string): string => figureText(median(figures[`${STREAM}.${figure}`]?.raw ?? []));
  const cell = ({ name }: Row, figure: string): string =>
    figureText(median(figures[`${name}.${figure}`]?.raw ?? []));
  const heads = batches.map((batch) => `batch ${batch}`);
  const rates = textTable(
    ['embeddings/s', 'span, days', ...heads],
    rows.map((row) => [
      row.text,
      figureText(row.spanDays),
      ...batches.map((batch) => cell(row, `embeddingsPerSecond.${batch}`)),
    ]),
  );
  const times = textTable(
    ['ms an object', 'preparation', 'over a year', ...heads.map((head) => `enc., ${head}`)],
    rows.map((row) => [
      row.text,
      cell(row, 'preparationMs'),
      cell(row, 'preparationYearMs'),
      ...batches.map((batch) => cell(row, `encoderMs.${batch}`)),
    ]),
  );
  const periods = textTable(
    ['every alert of the packets', 'preparation, ms', 'searches an alert'],
    [
      ['periods searched each time', streamed('coldMs'), streamed('coldRatio')],
      ['periods kept', streamed('keptMs'), streamed('keptRatio')],
    ],
  );
  const missing = lengths.filter((points) => !rows.some((row) => row.points === points));
  const notes = [
    `Embeddings on one inference thread, medians of ${rounds} rounds in fresh processes.`,
    `alerts: the default release through the pipeline's embedder, on light curves of ${data.kind} packets.`,
    'Preparation holds the period search, from 20 points on; over a year: the curves stretched to 365 days.',
    'paper: full size, random weights, corrected layout, 200 steps; preparation, then each encoder.',
    ...missing.map((points) => `No object has ${points} points: that length is left out.`),
  ];
  return {
    name: 'embed',
    config: { data: data.kind, rounds, batches, lengths, attentions, warmUpMs, countedMs, intraOpThreads: 1 },
    n: { ...Object.fromEntries(rows.map(({ name }) => [name, Math.max(...batches)])), [STREAM]: alerts },
    figures,
    text: [notes.join('\n'), rates, times, periods].join('\n\n'),
  };
}
