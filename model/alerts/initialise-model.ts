import type { JoinedObject, ReferenceBank } from '../../core/index.ts';
import { createSessionPool, type SessionPool } from '../sessions/session-pool.ts';
import { initialiseWeights } from '../training/initialise-weights.ts';
import { DEFAULT_ALERTS_ARCHITECTURE, type AlertsArchitecture } from './architecture.ts';
import { referenceBank } from './bank.ts';
import { embedPrepared } from './embed-prepared.ts';
import { GLOBAL_INPUTS } from './global-inputs.ts';
import { alertsParameterShapes, buildAlertsGraphs } from './graphs.ts';
import { loadEncoders, taskUrl, type AlertsModel } from './load-encoders.ts';
import { METADATA_INPUTS } from './metadata-inputs.ts';
import { DEFAULT_PERIOD_SETTINGS } from './periods/period-search.ts';
import { tabulatedObject, type PreparationSettings, type PreparedObject } from './prepare.ts';
import type { PreparePayload } from './prepare-task.ts';
import { alertsPart, embeddingOf } from './release-schema.ts';
import { DEFAULT_SPECTRUM_SETTINGS } from './spectrum-grid.ts';
import { inputStatistics } from './standardise.ts';

/** An object whose class is known. */
export interface LabelledObject {
  readonly object: JoinedObject;
  readonly label: string;
}

export interface InitialiseOptions {
  /** Draws the weights. */
  readonly seed: string | number;
  /** Fit the statistics and make the bank, in this order. */
  readonly objects: readonly LabelledObject[];
  readonly architecture?: AlertsArchitecture;
  readonly preparation?: PreparationSettings;
  /** Threads; the result does not depend on them. */
  readonly workers?: number;
}

/** A model that has seen no training: random weights from a seed, with statistics and a bank from objects. */
export interface InitialisedModel extends AlertsModel {
  readonly bank: ReferenceBank;
}

export const DEFAULT_PREPARATION_SETTINGS: PreparationSettings = {
  photometry: { tokensMax: 192, period: DEFAULT_PERIOD_SETTINGS },
  spectrum: DEFAULT_SPECTRUM_SETTINGS,
};

const PREPARE_TASK = 'alerts/prepare';
const TASK_OBJECTS_MAX = 32;

/**
 * Draws a model's weights from a seed, fits its statistics on the objects, and embeds them as its bank.
 *
 * The same seed and objects give the same model, bit for bit, on machines of the same kind.
 *
 * @throws PipelineError INFERENCE_FAILED if a worker fails
 * @complexity milliseconds an object, mostly the period search
 */
export async function initialiseModel({
  seed,
  objects,
  architecture = DEFAULT_ALERTS_ARCHITECTURE,
  preparation = DEFAULT_PREPARATION_SETTINGS,
  workers = 1,
}: InitialiseOptions): Promise<InitialisedModel> {
  const pool = createSessionPool({ workers, device: 'cpu' });
  try {
    const prepared = await prepareInWorkers(
      pool,
      objects.map(({ object }) => object),
      preparation,
    );
    const part = alertsPart(architecture, preparation, {
      globals: inputStatistics(
        prepared.map(({ globals }) => globals),
        GLOBAL_INPUTS.length,
      ),
      metadata: inputStatistics(
        prepared.flatMap(({ metadata }) => (metadata === null ? [] : [metadata])),
        METADATA_INPUTS.length,
      ),
    });
    const graphs = buildAlertsGraphs(architecture, preparation.spectrum.samples);
    const weights = initialiseWeights(alertsParameterShapes(graphs), { seed });
    await loadEncoders(pool, { part, weights });
    const embeddings = await embedPrepared(prepared, embeddingOf(part), (name, feeds) =>
      pool.run(name, feeds),
    );
    const labelled = objects.map(({ object, label }, i) => ({
      objectId: String(object.lightCurve.objectId),
      label,
      embedding: embeddings[i]!,
    }));
    return { part, weights, bank: referenceBank(labelled, architecture.dimensions) };
  } finally {
    await pool.close();
  }
}

async function prepareInWorkers(
  pool: SessionPool,
  objects: readonly JoinedObject[],
  preparation: PreparationSettings,
): Promise<readonly PreparedObject[]> {
  await pool.loadTask(PREPARE_TASK, taskUrl('prepare-task'));
  const tasks: Promise<unknown>[] = [];
  for (let first = 0; first < objects.length; first += TASK_OBJECTS_MAX) {
    const part = objects.slice(first, first + TASK_OBJECTS_MAX).map(tabulatedObject);
    tasks.push(pool.runTask(PREPARE_TASK, { objects: part, preparation } satisfies PreparePayload));
  }
  // Each task gives the prepared objects that its module declares.
  return (await Promise.all(tasks)).flat() as PreparedObject[];
}
