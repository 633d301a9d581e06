import { once } from 'node:events';
import { Command, Option } from 'commander';
import { PipelineError, abMagFromNjy, loadConfig } from '../core/index.ts';
import type { Config, LightCurve } from '../core/index.ts';
import { openObjectStore } from '../streams/index.ts';
import type { ObjectStore, ObjectView } from '../streams/index.ts';

interface LightcurvesFlags {
  readonly store?: string;
  readonly config?: string;
  readonly json?: true;
}

/** `nightjar lightcurves [OBJECT…]`: what the store holds, one line per object, in order of key. */
export function createLightcurvesCommand(): Command {
  return new Command('lightcurves')
    .description('The stored light curves: a table, or one JSON line per object')
    .argument(
      '[object...]',
      'object id, with or without its survey: ZTF18abc or ztf/ZTF18abc; all if none is named',
    )
    .addOption(new Option('--store <dir>', 'the store: folder "store" of a replay').conflicts('config'))
    .option('--config <file>', 'the store of the service: section "store" of its configuration')
    .option('--json', 'print one JSON object per line')
    .action(listLightcurves);
}

async function listLightcurves(
  names: readonly string[],
  flags: LightcurvesFlags,
  command: Command,
): Promise<void> {
  const store = await openObjectStore({ mode: 'read', store: storeOf(flags, command) });
  try {
    const views = names.length === 0 ? store.objects() : namedObjects(store, names);
    const line = flags.json === true ? jsonLine : tableLine;
    let isFirst = true;
    for await (const view of views) {
      if (isFirst && flags.json !== true) await print(TABLE_HEAD);
      isFirst = false;
      await print(line(view));
    }
  } finally {
    await store.close();
  }
}

function storeOf({ store, config }: LightcurvesFlags, command: Command): Config['store'] {
  if (config !== undefined) return loadConfig(config, {}, process.env).store;
  if (store === undefined)
    return command.error("error: option '--store <dir>' or '--config <file>' must be given");
  return loadConfig(null, { store: { kind: 'lmdb', folder: store } }).store;
}

/** Objects by name, each once, in order of key; nothing is given unless all of them are there. */
async function* namedObjects(store: ObjectStore, names: readonly string[]): AsyncIterable<ObjectView> {
  const views = new Map<string, ObjectView>();
  const missing: string[] = [];
  for (const name of names) {
    const exact = await store.object(name);
    const keys = exact === null ? await store.keysOf(name) : [name];
    if (keys.length === 0) missing.push(name);
    for (const key of keys) {
      const view = exact ?? (await store.object(key));
      if (view !== null) views.set(key, view);
    }
  }
  if (missing.length > 0) {
    throw new PipelineError(
      'INPUT_NOT_FOUND',
      `Cannot find ${missing.map((name) => `"${name}"`).join(', ')} in the store: no object has this id`,
    );
  }
  yield* [...views.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

/**
 * Nothing in a line depends on the order in which alerts came: no revision, and the newest alert's position.
 */
function jsonLine({ lightCurve, spectrum }: ObjectView): string {
  const { survey, objectId, raDeg, decDeg, points } = lightCurve;
  return JSON.stringify({
    survey,
    objectId: String(objectId),
    raDeg,
    decDeg,
    points: points.map(({ kind, alertId, mjdTai, band, fluxNjy, fluxErrNjy }) => ({
      kind,
      alertId: alertId === null ? null : String(alertId),
      mjdTai,
      band,
      fluxNjy,
      fluxErrNjy,
    })),
    spectrumId: spectrum?.spectrumId ?? null,
  });
}

const COLUMNS = { object: 28, points: 30, first: 13, last: 13, magnitude: 10 } as const;
const TABLE_HEAD = tableRow({
  object: 'object',
  points: 'points',
  first: 'first MJD',
  last: 'last MJD',
  magnitude: 'last mag',
});

function tableLine({ key, lightCurve }: ObjectView): string {
  const { points } = lightCurve;
  return tableRow({
    object: key,
    points: pointsByBand(lightCurve),
    first: points[0]?.mjdTai.toFixed(5) ?? '-',
    last: points.at(-1)?.mjdTai.toFixed(5) ?? '-',
    magnitude: lastMagnitude(lightCurve),
  });
}

/** `g 12, r 30`: detections, limits and forced points together. */
function pointsByBand({ points }: LightCurve): string {
  const counts = new Map<string, number>();
  for (const { band } of points) counts.set(band, (counts.get(band) ?? 0) + 1);
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([band, count]) => `${band} ${count}`)
    .join(', ');
}

/**
 * AB magnitude of the difference flux of the newest detection; `-` where the source was fainter than its
 * reference.
 */
function lastMagnitude({ points }: LightCurve): string {
  const newest = points.findLast(({ kind }) => kind === 'detection');
  const mag = newest === undefined ? null : abMagFromNjy(newest.fluxNjy);
  return newest === undefined || mag === null ? '-' : `${newest.band} ${mag.toFixed(2)}`;
}

function tableRow(cells: Readonly<Record<keyof typeof COLUMNS, string>>): string {
  const { object, points, first, last, magnitude } = cells;
  return [
    object.padEnd(COLUMNS.object),
    points.padEnd(COLUMNS.points),
    first.padStart(COLUMNS.first),
    last.padStart(COLUMNS.last),
    magnitude.padStart(COLUMNS.magnitude),
  ].join(' ');
}

/** Writes a line, and waits where the reader of stdout is slower. */
async function print(line: string): Promise<void> {
  if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain');
}
