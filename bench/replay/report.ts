import { OUTCOMES } from '../../pipeline/index.ts';
import type { BenchData } from '../data.ts';
import { median } from '../result.ts';
import type { BenchReport, Measured } from '../result.ts';
import { figureText, textTable } from '../table.ts';
import type { ReplayBenchOptions, ReplayOutcome } from './measure.ts';
import { trendOf } from './memory.ts';
import type { MemorySample, Trend } from './memory.ts';

/**
 * Memory counts as flat if the medians at both ends, and the fitted line over the run, rise by no more than
 * this.
 */
const FLAT_RATIO = 0.05;

type MemoryName = Exclude<keyof MemorySample, 'packets' | 'elapsedMs'>;
const MEMORY_TEXT: { readonly [M in MemoryName]: string } = {
  rssMib: 'resident',
  ownMib: '· of its own',
  mappedMib: '· mapped from files, the store’s among them',
  heapMib: 'JavaScript heap of the main thread',
  externalMib: 'buffers of the main thread',
};

/** One kind of memory from `settledPackets` on, MiB. */
interface MemoryCourse extends Trend {
  readonly name: MemoryName;
  readonly first: number;
  readonly median: number;
  readonly most: number;
  readonly isFlat: boolean;
}

export function replayReport(
  outcome: ReplayOutcome,
  kind: BenchData['kind'],
  options: ReplayBenchOptions,
): BenchReport {
  const { alerts, settledPackets, slicePackets, samplePackets, surveys } = options;
  const { samples, total, mix, loops } = outcome;
  const rates = sliceRates(samples, slicePackets);
  const settled = samples.filter(({ packets }) => packets >= settledPackets);
  const hasCourse = (settled.at(-1)?.packets ?? 0) - (settled[0]?.packets ?? 0) >= settledPackets;
  const courses = hasCourse ? memoryCourses(settled, settledPackets) : [];
  const slices = textTable(
    ['alerts', 'alerts/s'],
    rates.map((rate, i) => [
      `${i * slicePackets} – ${Math.min((i + 1) * slicePackets, total.consumed)}`,
      figureText(rate),
    ]),
  );
  return {
    name: 'replay',
    config: {
      data: kind,
      alerts,
      surveys,
      slicePackets,
      settledPackets,
      samplePackets,
      flatRatio: FLAT_RATIO,
    },
    n: { ...mix, loops, ...total },
    figures: { ...figuresOf(outcome, rates), ...courseFigures(courses) },
    text: [summaryText(outcome, kind), slices, memoryText(courses, settledPackets)].join('\n\n'),
  };
}

/** Rate of each whole slice; of all packets where there is no whole one. */
function sliceRates(samples: readonly MemorySample[], slicePackets: number): number[] {
  const rates: number[] = [];
  let from = samples[0];
  for (const sample of samples) {
    if (from === undefined || sample.packets < (rates.length + 1) * slicePackets) continue;
    rates.push((1000 * (sample.packets - from.packets)) / (sample.elapsedMs - from.elapsedMs));
    from = sample;
  }
  const last = samples.at(-1);
  return rates.length > 0 || last === undefined ? rates : [(1000 * last.packets) / last.elapsedMs];
}

function memoryCourses(settled: readonly MemorySample[], window: number): readonly MemoryCourse[] {
  const span = (settled.at(-1)?.packets ?? 0) - (settled[0]?.packets ?? 0);
  return (Object.keys(MEMORY_TEXT) as MemoryName[]).map((name) => {
    const course = settled.map((sample) => ({ packets: sample.packets, value: sample[name] }));
    const values = course.map(({ value }) => value);
    const trend = trendOf(course, window);
    const risen = (trend.slopePer100k * span) / 1e5;
    return {
      name,
      ...trend,
      first: values[0] ?? NaN,
      median: median(values),
      most: Math.max(...values),
      isFlat: risen <= FLAT_RATIO * median(values) && trend.lastOverFirst <= 1 + FLAT_RATIO,
    };
  });
}

function figuresOf(outcome: ReplayOutcome, rates: readonly number[]): Record<string, Measured> {
  const { samples, peakRssMib, storeMib, linesMib } = outcome;
  const courses = (Object.keys(MEMORY_TEXT) as MemoryName[]).map((name) => [
    name,
    { unit: 'MiB', raw: samples.map((sample) => Math.round(sample[name] * 10) / 10) },
  ]);
  return {
    alertsPerSecond: { unit: 'alerts/s', raw: rates },
    peakRssMib: { unit: 'MiB', raw: [peakRssMib] },
    storeMib: { unit: 'MiB', raw: [storeMib] },
    linesMib: { unit: 'MiB', raw: [linesMib] },
    ...(Object.fromEntries(courses) as Record<MemoryName, Measured>),
  };
}

function courseFigures(courses: readonly MemoryCourse[]): Record<string, Measured> {
  const entries = courses.flatMap(({ name, first, most, slopePer100k, lastOverFirst }) => [
    [`${name}.settled`, { unit: 'MiB', raw: [first] }],
    [`${name}.mostAfter`, { unit: 'MiB', raw: [most] }],
    [`${name}.slopePer100k`, { unit: 'MiB per 100,000 alerts', raw: [slopePer100k] }],
    [`${name}.lastOverFirst`, { unit: '1', raw: [lastOverFirst] }],
  ]);
  return Object.fromEntries(entries) as Record<string, Measured>;
}

function memoryText(courses: readonly MemoryCourse[], settledPackets: number): string {
  if (courses.length === 0) return `Too few alerts to judge memory: it takes twice ${settledPackets}`;
  const head = [
    'MiB',
    `at ${settledPackets}`,
    'median',
    'most after',
    'slope per 100,000',
    'last / first',
    '',
  ];
  const rows = courses.map((course) => [
    MEMORY_TEXT[course.name],
    ...[course.first, course.median, course.most, course.slopePer100k, course.lastOverFirst].map(figureText),
    course.isFlat ? 'flat' : 'rises',
  ]);
  return [
    `Memory from ${settledPackets} alerts on. Flat: neither the fitted line rises by more than ${100 * FLAT_RATIO} %,`,
    `nor the median of the last ${settledPackets} over that of the first`,
    textTable(head, rows),
    'Pages mapped from the store’s file follow its size, and the system takes them back when memory is short',
  ].join('\n');
}

function summaryText(outcome: ReplayOutcome, kind: BenchData['kind']): string {
  const { total, mix, loops, samples, peakRssMib, storeMib, linesMib } = outcome;
  const seconds = (samples.at(-1)?.elapsedMs ?? NaN) / 1000;
  const ended = OUTCOMES.map((name) => `${total[name]} ${name}`).join(', ');
  const surveys = Object.entries(mix).map(([name, count]) => `${name} ${count}`);
  return [
    `From archives to scores on disk: ${total.consumed} packets of ${kind} archives in ${figureText(seconds)} s, ` +
      `loading the model among them: ${figureText(total.consumed / seconds)} alerts/s`,
    `Read in ${loops} loops, each with new objects, a little ahead of what is consumed: ${surveys.join(', ')}`,
    `Ended: ${ended}`,
    `Peak resident memory ${figureText(peakRssMib)} MiB; store ${figureText(storeMib)} MiB, ` +
      `scores and dead letters ${figureText(linesMib)} MiB`,
  ].join('\n');
}
