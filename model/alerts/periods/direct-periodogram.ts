import { centredSeries, type BandedSeries, type CentredSeries } from './banded-series.ts';
import { explainedPower } from './explained-power.ts';
import type { FrequencyGrid } from './periodogram.ts';

/** Below this a determinant relative to its diagonal, or a diagonal relative to the total weight 1, is rounding. */
const SINGULAR = 1e-10;

/**
 * What `periodogram` computes, by direct sums: the reference that it is held against.
 *
 * The sine and cosine of each measurement are advanced by rotation from one frequency to the next: their rounding errors
 * grow to about 1e-12 over 8192 steps.
 *
 * @returns [grid.count] share of the weighted variance about the band means that the sinusoid explains, 0 to 1
 * @complexity O(n · grid.count) time, O(n) memory; 300 points × 50,000 frequencies take about 65 ms
 * @source as `periodogram`
 */
export function directPeriodogram(series: BandedSeries, grid: FrequencyGrid): Float64Array {
  const centred = centredSeries(series);
  const power = new Float64Array(grid.count);
  if (!(centred.variance > 0)) return power;
  const angles = rotations(centred, grid);
  for (let f = 0; f < grid.count; f++) power[f] = powerNow(centred, angles);
  return power;
}

type Rotations = Readonly<Record<'cos' | 'sin' | 'stepCos' | 'stepSin', Float64Array>>;

/** The power at the present frequency; goes on to the next. */
function powerNow(series: CentredSeries, { cos, sin, stepCos, stepSin }: Rotations): number {
  const { weight, weighted, firstOfBand, bandWeight, variance } = series;
  let yc = 0;
  let ys = 0;
  let cc = 0;
  let ss = 0;
  let cs = 0;
  for (let b = 0; b < bandWeight.length; b++) {
    let bandC = 0;
    let bandS = 0;
    let bandCc = 0;
    let bandCs = 0;
    for (let i = firstOfBand[b]!; i < firstOfBand[b + 1]!; i++) {
      const c = cos[i]!;
      const s = sin[i]!;
      const wc = weight[i]! * c;
      bandC += wc;
      bandS += weight[i]! * s;
      bandCc += wc * c;
      bandCs += wc * s;
      yc += weighted[i]! * c;
      ys += weighted[i]! * s;
      cos[i] = c * stepCos[i]! - s * stepSin[i]!;
      sin[i] = s * stepCos[i]! + c * stepSin[i]!;
    }
    const total = bandWeight[b]!;
    if (total === 0) continue;
    cc += bandCc - (bandC * bandC) / total;
    ss += total - bandCc - (bandS * bandS) / total;
    cs += bandCs - (bandC * bandS) / total;
  }
  return explainedPower({ yc, ys, cc, ss, cs }, SINGULAR) / variance;
}

/** Sine and cosine of every measurement at the first frequency, and of one step of frequency. */
function rotations({ timeDays }: CentredSeries, grid: FrequencyGrid): Rotations {
  const first = timeDays.map((time) => 2 * Math.PI * grid.firstPerDay * time);
  const step = timeDays.map((time) => 2 * Math.PI * grid.stepPerDay * time);
  return {
    cos: first.map(Math.cos),
    sin: first.map(Math.sin),
    stepCos: step.map(Math.cos),
    stepSin: step.map(Math.sin),
  };
}
