import { readFileSync } from 'node:fs';
import { directPeriodogram, periodogram } from '../../model/index.ts';
import { median } from '../result.ts';
import type { PeriodogramCase } from './compare.ts';

// A fresh process of `bench -- periodogram`: CASE_FILE RUNS METHOD(fast|direct).

const [caseFile = '', runs = '1', method] = process.argv.slice(2);
const { timeDays, flux, fluxErr, ...grid } = JSON.parse(readFileSync(caseFile, 'utf8')) as PeriodogramCase;
const series = {
  timeDays: Float64Array.from(timeDays),
  flux: Float64Array.from(flux),
  fluxErr: Float64Array.from(fluxErr),
  band: new Uint16Array(timeDays.length),
  bands: 1,
};
const powers = (): Float64Array =>
  method === 'direct' ? directPeriodogram(series, grid) : periodogram(series, grid);
powers();
const times: number[] = [];
let power: Float64Array = new Float64Array();
for (let run = 0; run < Number(runs); run++) {
  const began = performance.now();
  power = powers();
  times.push(performance.now() - began);
}
const peak = power.reduce((max, value) => Math.max(max, value), 0);
process.stdout.write(`${JSON.stringify({ ms: median(times), peak, peakAt: power.indexOf(peak) })}\n`);
