import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { loadConfig } from '../core/index.ts';
import type { ReplaySummary } from '../pipeline/index.ts';
import type { NightFiles, SimulatedSurvey } from '../simulator/index.ts';
import { candidateTable, topCandidates } from './candidates.ts';
import { ledgerTable } from './ledger-table.ts';
import { parseCount, parseSurvey } from './options.ts';
import { replayWithProgress } from './replay.ts';
import { untilStopped } from './run-signal.ts';
import { simulateWithProgress } from './simulate.ts';

const CANDIDATES_SHOWN = 12;

interface DemoFlags {
  readonly survey: SimulatedSurvey;
  readonly alerts: number;
  readonly seed: string;
  readonly out?: string;
  readonly json?: true;
}

export function createDemoCommand(): Command {
  return new Command('demo')
    .description('A simulated night through the whole pipeline: top candidates and the ledger')
    .option('--survey <name>', 'ztf or lsst', parseSurvey, 'ztf')
    .option('--alerts <n>', 'alerts of the night', parseCount, 1500)
    .option('--seed <seed>', 'number or text; the same seed gives the same night', '1')
    .option('--out <dir>', 'keep the night and its scores there; without it nothing is left behind')
    .option('--json', 'print each candidate and then the summary as a JSON line')
    .action(async (flags: DemoFlags) => {
      await untilStopped((signal) => showNight(flags.out ?? temporaryFolder(), flags, signal));
    });
}

const REMOVALS_MAX = 10;
const REMOVAL_WAIT_MS = 20;

/** A folder that goes with the process, also where a second signal or the reader of its output ends it. */
function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'nightjar-demo-'));
  process.once('exit', () => {
    // Again while a write that was under way adds to it, or makes it anew.
    for (let attempt = 0; attempt < REMOVALS_MAX && existsSync(folder); attempt++) {
      rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, REMOVAL_WAIT_MS);
    }
  });
  return folder;
}

async function showNight(folder: string, flags: DemoFlags, signal: AbortSignal): Promise<void> {
  const { survey, alerts, seed } = flags;
  const file = path.join(folder, 'night.tar.gz');
  const night = await simulateWithProgress(
    { survey, alerts, seed, nights: 1, cutouts: true, out: file },
    signal,
  );
  const replayFolder = path.join(folder, 'replay');
  // The night has taken the place of an earlier demo's, and so does its replay.
  if (existsSync(path.join(replayFolder, 'checkpoint.json'))) await rm(replayFolder, { recursive: true });
  const summary = await replayWithProgress({
    label: 'replay',
    paths: [night.archive],
    total: flags.alerts,
    config: loadConfig(null, { decode: { schemasDir: night.schemas ?? undefined } }, process.env),
    flags: { out: replayFolder, speed: 'max', spectra: night.spectra, metadata: night.catalogue },
    signal,
  });
  const candidates = await topCandidates(replayFolder, CANDIDATES_SHOWN);
  const truth = await truthOf(night.truth);
  if (flags.json === true) {
    for (const record of candidates) printLine({ ...record, truth: truth.get(record.objectId) ?? null });
    printLine({ survey: flags.survey, seed: flags.seed, objects: night.objects, ...summary });
    return;
  }
  const table = await candidateTable(candidates, replayFolder, truth);
  process.stdout.write(nightText({ flags, night, summary, table }));
}

function printLine(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

function nightText(shown: {
  readonly flags: DemoFlags;
  readonly night: NightFiles;
  readonly summary: ReplaySummary;
  readonly table: string;
}): string {
  const { flags, night, summary, table } = shown;
  const { name, note } = summary.release;
  const survey = flags.survey === 'ztf' ? 'ZTF' : 'LSST';
  return [
    `A simulated ${survey} night: ${night.alerts} alerts of ${night.objects} objects, seed ${flags.seed}`,
    `Release ${name}${note === null ? '' : `: ${note}`}`,
    '',
    'Most novel objects ("seen": P photometry, M metadata, S spectrum; "truth" is the simulated class):',
    table,
    '',
    ledgerTable(summary.ledger),
    flags.out === undefined
      ? 'Nothing was kept; `--out DIR` keeps the night and its scores'
      : `All of it is in ${flags.out}`,
    '',
  ].join('\n');
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
