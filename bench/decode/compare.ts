import path from 'node:path';
import { openBenchData, withTemporaryFolder } from '../data.ts';
import type { BenchData, BenchSurvey } from '../data.ts';
import { moduleBeside } from '../repository.ts';
import { median } from '../result.ts';
import type { BenchReport, Measured } from '../result.ts';
import { alternate, figureOf, nodeVariant } from '../rounds.ts';
import type { Figures, Variant } from '../rounds.ts';
import { figureText, textTable } from '../table.ts';
import { writePacketFiles } from './packet-files.ts';
import type { PacketManifest } from './packet-files.ts';
import { FASTAVRO_MODES, FASTAVRO_PROGRAM } from './python.ts';
import type { FastavroMode, Python } from './python.ts';

export interface DecodeBenchOptions {
  readonly isSimulated: boolean;
  /** Alerts of each night where packets are simulated. */
  readonly simulatedAlerts: number;
  /** Packets of each survey at most; `null` for all. */
  readonly packetsMax: number | null;
  readonly rounds: number;
  /** Counted passes over all packets in each process; its figure is their median. */
  readonly passes: number;
  /** Each process goes over its packets once and for as long uncounted, ms. */
  readonly warmUpMs: number;
  /** `null` measures Nightjar alone. */
  readonly python: Python | null;
  readonly onProgress: (what: string) => void;
}

const NIGHTJAR = 'nightjar';
const VARIANT_TEXT: { readonly [M in FastavroMode]: string } = {
  points: 'fastavro, with the list of points',
  decode: 'fastavro, decode alone',
  tuned: 'fastavro, schemas cached, fields projected, points',
};
/** Sums over all points agree but for the order of float64 operations and the last bit of powers of ten. */
const SUM_TOLERANCE_RATIO = 1e-9;

/**
 * Alerts a second from packet bytes to light-curve points, and fastavro's on the same packets in the same
 * rounds.
 */
export function decodeBench(options: DecodeBenchOptions): Promise<BenchReport> {
  return withTemporaryFolder(async (folder) => {
    const data = await openBenchData(folder, options);
    const surveys: SurveyOutcome[] = [];
    for (const survey of data.paths.keys()) {
      surveys.push(await measureSurvey(path.join(folder, 'packets', survey), { data, survey, options }));
    }
    return reportOf(surveys, data, options);
  });
}

interface SurveyOutcome {
  readonly manifest: PacketManifest;
  readonly rounds: ReadonlyMap<string, readonly Figures[]>;
}

async function measureSurvey(
  folder: string,
  context: { readonly data: BenchData; readonly survey: BenchSurvey; readonly options: DecodeBenchOptions },
): Promise<SurveyOutcome> {
  const { data, survey, options } = context;
  const { rounds, passes, warmUpMs, python, onProgress, packetsMax } = options;
  const manifest = await writePacketFiles(folder, { data, survey, packetsMax });
  const counts = [String(passes), String(warmUpMs)];
  const variants: Variant[] = [
    nodeVariant(NIGHTJAR, moduleBeside(import.meta.url, 'nightjar-variant'), [
      folder,
      data.schemasDir,
      ...counts,
    ]),
  ];
  if (python !== null) {
    for (const mode of FASTAVRO_MODES) {
      const args = [FASTAVRO_PROGRAM, folder, mode, ...counts];
      variants.push({ name: mode, command: python.command, args });
    }
  }
  const outcome = alternate(variants, {
    rounds,
    onRun: (what) => {
      onProgress(`${survey}, ${what}`);
    },
  });
  assertSamePoints(outcome, survey);
  return { manifest, rounds: outcome };
}

/** Every variant that makes points must have made the same ones: else their times compare different work. */
function assertSamePoints(outcome: SurveyOutcome['rounds'], survey: BenchSurvey): void {
  const reference = outcome.get(NIGHTJAR)?.[0];
  for (const [name, rounds] of outcome) {
    for (const figures of name === 'decode' ? [] : rounds) {
      for (const sum of ['points', 'absFluxNjy', 'fluxErrNjy', 'mjdTai']) {
        const [own = NaN, other = NaN] = [reference?.[sum], figures[sum]];
        if (Math.abs(own - other) <= SUM_TOLERANCE_RATIO * Math.abs(own)) continue;
        throw new Error(
          `Cannot compare "${name}" on ${survey} as it reads other points: current ${sum} is ${other}, not ${own}`,
        );
      }
    }
  }
}

function reportOf(
  surveys: readonly SurveyOutcome[],
  data: BenchData,
  options: DecodeBenchOptions,
): BenchReport {
  const { rounds, passes, warmUpMs, python } = options;
  const figures: Record<string, Measured> = {};
  const tables = surveys.map((outcome) => {
    const { manifest } = outcome;
    const perRound = (name: string): number[] => figureOf(outcome.rounds.get(name), 'packetsPerSecond');
    const own = perRound(NIGHTJAR);
    const rows = [...outcome.rounds.keys()].map((name) => {
      const rates = perRound(name);
      const ratios = own.map((rate, round) => rate / (rates[round] ?? NaN));
      figures[`${manifest.survey}.${name}`] = { unit: 'alerts/s', raw: rates };
      if (name !== NIGHTJAR)
        figures[`${manifest.survey}.timesFasterThan.${name}`] = { unit: '1', raw: ratios };
      return [
        name === NIGHTJAR ? 'Nightjar' : VARIANT_TEXT[name as FastavroMode],
        figureText(median(rates)),
        `${figureText(Math.min(...rates))} – ${figureText(Math.max(...rates))}`,
        figureText((median(rates) * manifest.bytes) / manifest.packets / 1e6),
        name === NIGHTJAR ? '' : `${figureText(median(ratios))} ×`,
      ];
    });
    const { survey, packets, bytes, rejected } = manifest;
    const kilobytes = figureText(bytes / 1000 / packets);
    const left = rejected === 0 ? '' : `; ${rejected} that Nightjar rejects are left out`;
    return (
      `${survey}: ${packets} ${data.kind} packets of ${kilobytes} kB in the mean${left}\n` +
      textTable(['', 'alerts/s', 'least – most', 'MB/s', 'Nightjar is faster by'], rows)
    );
  });
  const peer =
    python === null
      ? 'no Python with fastavro was found, so that there is no comparison'
      : `fastavro ${python.fastavroVersion} on Python ${python.version}`;
  const head = `Decode to points on one thread, medians of ${rounds} rounds in fresh processes; ${peer}`;
  return {
    name: 'decode',
    config: {
      data: data.kind,
      rounds,
      passes,
      warmUpMs,
      packetsMax: options.packetsMax,
      python: python?.version ?? null,
      fastavro: python?.fastavroVersion ?? null,
    },
    n: Object.fromEntries(surveys.map(({ manifest }) => [manifest.survey, manifest.packets])),
    figures,
    text: [head, ...tables].join('\n\n'),
  };
}
