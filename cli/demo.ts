import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { loadConfig } from '../core/index.ts';
import type { SimulatedSurvey } from '../simulator/index.ts';
import { openLmdbStore } from '../streams/index.ts';
import { candidateTable, topCandidates } from './candidates.ts';
import { ledgerTable } from './ledger-table.ts';
import { parseCount, parseSurvey } from './options.ts';
import { replayWithProgress } from './replay.ts';
import { simulateWithProgress } from './simulate.ts';

const CANDIDATES_SHOWN = 12;

interface DemoFlags {
  readonly survey: SimulatedSurvey;
  readonly alerts: number;
  readonly seed: string;
  readonly out?: string;
}

export function createDemoCommand(): Command {
  return new Command('demo')
    .description('A simulated night through the whole pipeline: top candidates and the ledger')
    .option('--survey <name>', 'ztf or lsst', parseSurvey, 'ztf')
    .option('--alerts <n>', 'alerts of the night', parseCount, 1500)
    .option('--seed <seed>', 'number or text; the same seed gives the same night', '1')
    .option('--out <dir>', 'keep the night and its scores there; without it nothing is left behind')
    .action(async (flags: DemoFlags) => {
      const folder = flags.out ?? (await mkdtemp(path.join(tmpdir(), 'nightjar-demo-')));
      try {
        await showNight(folder, flags);
      } finally {
        if (flags.out === undefined) await rm(folder, { recursive: true, force: true });
      }
    });
}

async function showNight(folder: string, { survey, alerts, seed, out }: DemoFlags): Promise<void> {
  const night = await simulateWithProgress({
    survey,
    alerts,
    seed,
    nights: 1,
    cutouts: true,
    out: path.join(folder, 'night.tar.gz'),
  });
  const replayFolder = path.join(folder, 'replay');
  const summary = await replayWithProgress({
    label: 'replay',
    paths: [night.archive],
    total: alerts,
    config: loadConfig(null, { decode: { schemasDir: night.schemas ?? undefined } }),
    flags: { out: replayFolder, speed: 'max', spectra: night.spectra, metadata: night.catalogue },
  });
  const candidates = await topCandidates(path.join(replayFolder, 'scores.jsonl'), CANDIDATES_SHOWN);
  const store = await openLmdbStore({ mode: 'read', folder: path.join(replayFolder, 'store') });
  const table = await candidateTable(candidates, { store, truth: await truthOf(night.truth) });
  await store.close();
  const { name, note } = summary.release;
  process.stdout.write(
    [
      `A simulated ${survey === 'ztf' ? 'ZTF' : 'LSST'} night: ${night.alerts} alerts of ${night.objects} objects, seed ${seed}`,
      `Release ${name}${note === null ? '' : `: ${note}`}`,
      '',
      'Most novel objects ("seen": P photometry, M metadata, S spectrum; "truth" is the simulated class):',
      table,
      '',
      ledgerTable(summary.ledger),
      out === undefined
        ? 'Nothing was kept; `--out DIR` keeps the night and its scores'
        : `All of it is in ${out}`,
      '',
    ].join('\n'),
  );
}

/** Class by object id, of a simulated night's truth table. */
async function truthOf(file: string): Promise<ReadonlyMap<string, string>> {
  const [header = '', ...rows] = (await readFile(file, 'utf8')).trimEnd().split('\n');
  const columns = header.split(',');
  const [id, label] = [columns.indexOf('objectId'), columns.indexOf('class')];
  return new Map(
    rows.map((row) => row.split(',')).map((cells) => [cells[id] ?? '', cells[label] ?? ''] as const),
  );
}
