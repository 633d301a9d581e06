import type { JoinedObject, ReferenceBank } from '../../core/index.ts';
import { createSessionPool } from '../sessions/session-pool.ts';
import { initialiseWeights } from '../training/initialise-weights.ts';
import { DEFAULT_ALERTS_ARCHITECTURE, type AlertsArchitecture } from './architecture.ts';
import { referenceBank } from './bank.ts';
import { embedPrepared } from './embed-prepared.ts';
import { GLOBAL_INPUTS } from './global-inputs.ts';
import { alertsParameterShapes, buildAlertsGraphs } from './graphs.ts';
import { loadEncoders, type AlertsModel } from './load-encoders.ts';
import { METADATA_INPUTS } from './metadata-inputs.ts';
import { DEFAULT_PREPARATION_SETTINGS } from './preparation-settings.ts';
import { prepareInWorkers } from './prepare-in-workers.ts';
import type { PreparationSettings } from './prepare.ts';
import { alertsPart, embeddingOf } from './release-schema.ts';
import { inputQuantiles } from '../quantile-encoding.ts';

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
      globals: inputQuantiles(
        prepared.map(({ globals }) => globals),
        GLOBAL_INPUTS.length,
      ),
      metadata: inputQuantiles(
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
