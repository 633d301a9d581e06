import { readFileSync } from 'node:fs';
import { systemClock } from '../../core/index.ts';
import type { LightCurve } from '../../core/index.ts';
import {
  alertsModelOf,
  openRelease,
  preparationOf,
  prepareObject,
  tabulatedObject,
} from '../../model/index.ts';

// A fresh process of `bench -- embed`: STREAM_FILE, a line a light curve in the order of the alerts.

const [streamFile = ''] = process.argv.slice(2);
const preparation = preparationOf(alertsModelOf(await openRelease('default')).part);
const objects = readFileSync(streamFile, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => {
    const lightCurve = JSON.parse(line) as LightCurve;
    const tabulated = tabulatedObject({ lightCurve, metadata: {}, spectrum: null });
    return { key: `${lightCurve.survey}/${String(lightCurve.objectId)}`, tabulated };
  });

let searches = 0;
/** Mean time of preparing an alert's object, ms. @param kept by object; `null` for none */
function prepareAll(kept: Map<string, Uint8Array> | null): number {
  searches = 0;
  const startMs = systemClock.monotonicMs();
  for (const { key, tabulated } of objects) {
    const { periodsToKeep } = prepareObject(
      { ...tabulated, keptPeriods: kept?.get(key) ?? null },
      preparation,
    );
    if (periodsToKeep === null) continue;
    searches++;
    kept?.set(key, periodsToKeep);
  }
  return (systemClock.monotonicMs() - startMs) / objects.length;
}

prepareAll(null);
const coldMs = prepareAll(null);
const coldRatio = searches / objects.length;
const keptMs = prepareAll(new Map());
const figures = { coldMs, keptMs, coldRatio, keptRatio: searches / objects.length };
process.stdout.write(`${JSON.stringify(figures)}\n`);
