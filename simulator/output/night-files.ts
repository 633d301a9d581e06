import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { PipelineError, outputFailure } from '../../core/index.ts';
import { LSST_SCHEMA, LSST_SCHEMA_VERSION } from '../packets/lsst-schema.ts';
import type { ClassName } from '../classes/registry.ts';
import { Simulation, packetsOf, plannedAlerts } from '../simulation.ts';
import type { SimulatedPacket, SimulationOptions } from '../simulation.ts';
import type { PlannedObject } from '../sky-plan.ts';
import { writePacketArchive } from './packet-archive.ts';
import { SideFiles } from './side-files.ts';
import { StagedOutputs } from './staged-outputs.ts';

/** Share of the objects with a spectrum, and the most of them: each is a file. */
const SPECTRA_RATIO = 0.1;
const SPECTRA_MAX = 2000;
/** Packets, or planned objects, between two looks at the event loop, so that streams and signals get their turn. */
const STEPS_PER_TURN = 32;

export interface NightFilesOptions extends SimulationOptions {
  /** Alerts in all nights together. */
  readonly alerts: number;
  /** The archive: `.tar.gz`, `.tgz`, or `.tar` for an uncompressed one. */
  readonly file: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: NightProgress) => void;
}

export interface NightProgress {
  readonly phase: 'planning' | 'writing';
  /** Alerts planned or written so far. */
  readonly alerts: number;
}

/** What was written, and how many alerts each class sent. */
export interface NightFiles {
  readonly archive: string;
  readonly truth: string;
  readonly catalogue: string;
  readonly spectra: string;
  /** Folder of writer schemas, for surveys whose packets do not carry theirs. */
  readonly schemas: string | null;
  readonly alerts: number;
  readonly objects: number;
  readonly spectraCount: number;
  readonly alertsByClass: ReadonlyMap<ClassName, number>;
}

/** Names of the outputs beside an archive: its own without the ending, and what each is. */
function nightFileNames(file: string): Pick<NightFiles, 'truth' | 'catalogue' | 'spectra'> & {
  readonly schemas: string;
} {
  const stem = file.replace(/\.(tar\.gz|tgz|tar)$/, '');
  return {
    truth: `${stem}.truth.csv`,
    catalogue: `${stem}.catalogue.csv`,
    spectra: `${stem}.spectra`,
    schemas: `${stem}.schemas`,
  };
}

/**
 * Simulates nights into files: the packets as a nightly archive in order of time; beside it the truth, one row per object
 * that alerted, a catalogue of part of the objects, spectra of some; for LSST the writer schema. All or nothing appears.
 *
 * @throws PipelineError OUTPUT_UNUSABLE, OUTPUT_NO_SPACE or RUN_STOPPED
 */
export async function writeNightFiles(options: NightFilesOptions): Promise<NightFiles> {
  const outputs = await StagedOutputs.beside(options.file);
  try {
    const files = await writeStaged(options, outputs);
    await outputs.commit();
    return files;
  } catch (error) {
    await outputs.discard();
    if (options.signal.aborted) {
      const reason = `Cannot finish "${options.file}" as the run was stopped: nothing of it is left`;
      throw new PipelineError('RUN_STOPPED', reason, { cause: error });
    }
    throw outputFailure(error, options.file);
  }
}

async function planInTurns(simulation: Simulation, options: NightFilesOptions): Promise<PlannedObject[]> {
  const plan: PlannedObject[] = [];
  let alerts = 0;
  for (const planned of plannedAlerts(simulation, options.alerts)) {
    plan.push(planned);
    alerts += planned.alertVisits.length;
    if (plan.length % STEPS_PER_TURN !== 0) continue;
    options.onProgress?.({ phase: 'planning', alerts });
    await nextTurn();
    options.signal.throwIfAborted();
  }
  return plan;
}

/** Lays the writer schema out as registries' folders are: version, then file by full name. */
async function writeLsstSchema(folder: string): Promise<void> {
  const versionFolder = path.join(folder, LSST_SCHEMA_VERSION);
  await mkdir(versionFolder, { recursive: true });
  await writeFile(
    path.join(versionFolder, 'lsst.v10_0.alert.avsc'),
    `${JSON.stringify(LSST_SCHEMA, null, 1)}\n`,
  );
}

async function writeStaged(options: NightFilesOptions, outputs: StagedOutputs): Promise<NightFiles> {
  const { file, alerts, signal, onProgress = () => undefined } = options;
  const names = nightFileNames(file);
  const simulation = new Simulation(options);
  const plan = await planInTurns(simulation, options);
  const schemas = options.survey === 'lsst' ? names.schemas : null;
  if (schemas !== null) await writeLsstSchema(outputs.pathFor(schemas));
  const sideFiles = await SideFiles.open({
    seed: simulation.seed,
    truth: outputs.pathFor(names.truth),
    catalogue: outputs.pathFor(names.catalogue),
    spectraFolder: outputs.pathFor(names.spectra),
    spectraRatio: Math.min(SPECTRA_RATIO, SPECTRA_MAX / Math.max(1, plan.length)),
  });
  const alertsByClass = new Map<ClassName, number>();
  const seen = new Uint8Array(plan.length);
  async function* members(): AsyncGenerator<SimulatedPacket> {
    let written = 0;
    for (const packet of packetsOf(simulation, plan)) {
      const { className } = packet.planned;
      alertsByClass.set(className, (alertsByClass.get(className) ?? 0) + 1);
      if (seen[packet.number] === 0) await sideFiles.add(packet);
      seen[packet.number] = 1;
      yield packet;
      written++;
      if (written % STEPS_PER_TURN === 0) {
        onProgress({ phase: 'writing', alerts: written });
        await nextTurn();
        signal.throwIfAborted();
      }
    }
  }
  try {
    await writePacketArchive({
      file: outputs.pathFor(file),
      isGzipped: !file.endsWith('.tar'),
      members: members(),
      signal,
    });
  } finally {
    await sideFiles.close();
  }
  return {
    archive: file,
    ...names,
    schemas,
    alerts,
    objects: plan.length,
    spectraCount: sideFiles.spectraCount,
    alertsByClass,
  };
}
