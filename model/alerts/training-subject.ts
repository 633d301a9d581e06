import { PipelineError } from '../../core/index.ts';
import { HEAD_TENSORS } from '../releases/class-head-part.ts';
import { openRelease } from '../releases/release.ts';
import { inputQuantiles } from '../quantile-encoding.ts';
import type { InputQuantiles } from '../quantile-encoding.ts';
import type { Tensor, Tensors } from '../tensor.ts';
import type { AugmentedInputs } from '../training/augmentation/augment-batch.ts';
import { logitScaleStart } from '../training/config.ts';
import type { TrainingConfig } from '../training/config.ts';
import { modalityRows } from '../training/data/modality-rows.ts';
import type { StatisticsByInput } from '../training/data/training-set.ts';
import { initialiseWeights } from '../training/initialise-weights.ts';
import type { StartIdentity } from '../training/run/checkpoint.ts';
import { createContrastiveModel } from '../training/step/contrastive-model.ts';
import type { TrainingSubject } from '../training/training-subject.ts';
import { DEFAULT_ALERTS_ARCHITECTURE } from './architecture.ts';
import type { AlertsArchitecture } from './architecture.ts';
import { HARMONICS } from './periods/fourier-shape.ts';
import { GLOBAL_INPUTS } from './global-inputs.ts';
import { alertsParameterShapes, buildAlertsGraphs } from './graphs.ts';
import { METADATA_INPUTS } from './metadata-inputs.ts';
import { alertsModelOf } from './release.ts';
import { alertsModalityEncoders } from './modality-encoders.ts';
import { DEFAULT_PREPARATION_SETTINGS } from './preparation-settings.ts';
import type { PreparationSettings } from './prepare.ts';
import { alertsPart, preparationOf } from './release-schema.ts';
import type { AlertsPart } from './release-schema.ts';
import { SNR_DIVISOR, TOKEN_INPUTS } from './token-inputs.ts';
import { writeAlertsRelease } from './write-alerts-release.ts';

/** Inputs that are stored as computed and encoded when they are read, by the name of their statistics in a release. */
const QUANTILE_ENCODED = { globals: 'globals', metadata: 'metadata' } as const;

/** How a file of tensors holds the profile's inputs. */
export const ALERTS_ROWS = { mask: 'tokens_mask', quantileEncoded: Object.keys(QUANTILE_ENCODED) } as const;

/** A training of the profile: its model, and how objects are prepared for it. */
export interface AlertsTraining {
  readonly subject: TrainingSubject;
  readonly preparation: PreparationSettings;
}

/**
 * A model of the alerts profile as it is trained: with weights from a release, or drawn from the seed.
 *
 * Steps take light curves of `tokensMax` tokens with padding masked: no parameter depends on the length, so that what is
 * trained embeds at every length.
 *
 * @param classes names of the classes that labels number; a head over all of an object's embeddings is kept in the release
 * @throws PipelineError RELEASE_NOT_FOUND, RELEASE_INVALID; CONFIG_INVALID if the release is of another profile
 */
export async function alertsTraining(
  config: TrainingConfig,
  classes: readonly string[] = [],
): Promise<AlertsTraining> {
  const start = await startOf(config, classes);
  const { architecture, preparation, weights } = start;
  const { tokensMax } = preparation.photometry;
  const { samples } = preparation.spectrum;
  const encoders = alertsModalityEncoders(architecture, { spectrumSamples: samples, length: tokensMax });
  const taking = encoders.filter(({ name }) => config.modalities.some((wanted) => wanted === name));
  const { classes: loss } = config.objective;
  const head = loss?.from === 'all' ? { classes: [...classes], logitScale: loss.logitScale } : null;
  if (head !== null && head.classes.length !== loss?.count)
    throw new PipelineError(
      'CONFIG_INVALID',
      `Cannot train a head as objective.classes.count must be the number of classes of the data, ${head.classes.length}: ` +
        `current value is ${loss?.count ?? 'none'}`,
    );
  const drawing = { seed: config.seed, logitScale: logitScaleStart(config) };
  const shapes = [...alertsParameterShapes(buildAlertsGraphs(architecture, samples))];
  const drawn = initialiseWeights(shapes, drawing);
  const subject: TrainingSubject = {
    modelOf: (modalities) =>
      createContrastiveModel(
        taking.filter(({ name }) => modalities.includes(name)),
        config.objective,
      ),
    start: start.identity,
    modalities: taking.map((encoder) => modalityRows(encoder, ALERTS_ROWS)),
    augmented: augmentedInputs(taking.map(({ name }) => name)),
    statistics: config.start.statistics === 'release' ? start.statistics : null,
    constants: {},
    initialParameters: (parameters) => {
      const wanted = parameters.map(({ name, shape }) => [name, shape] as const);
      const fresh = initialiseWeights(wanted, drawing);
      return new Map(wanted.map(([name, shape]) => [name, known(weights, name, shape) ?? fresh.get(name)!]));
    },
    writeRelease: (folder, { name, seed, note, parameters, statistics, training }) => {
      const kept = new Map(
        shapes.map(([tensor, shape]): [string, Tensor] => [
          tensor,
          parameters[tensor] ?? known(weights, tensor, shape) ?? drawn.get(tensor)!,
        ]),
      );
      if (head !== null)
        for (const tensor of Object.values(HEAD_TENSORS)) kept.set(tensor, parameters[tensor]!);
      const part = alertsPart(
        architecture,
        preparation,
        {
          globals: statistics[QUANTILE_ENCODED.globals] ?? start.statistics?.globals ?? NO_STATISTICS.globals,
          metadata:
            statistics[QUANTILE_ENCODED.metadata] ?? start.statistics?.metadata ?? NO_STATISTICS.metadata,
        },
        head,
      );
      const origin = { origin: 'trained', seed, note } as const;
      return writeAlertsRelease(folder, { name, part, weights: kept, origin, bank: null, training });
    },
  };
  return { subject, preparation };
}

interface Start {
  readonly architecture: AlertsArchitecture;
  readonly preparation: PreparationSettings;
  /** Those of the release; none where all are drawn. */
  readonly weights: Tensors;
  readonly statistics: AlertsPart['preprocessing']['statistics'] | null;
  readonly identity: StartIdentity | null;
}

async function startOf({ start, alerts }: TrainingConfig, classes: readonly string[]): Promise<Start> {
  if (start.release === null) {
    const { photometry, spectrum } = DEFAULT_PREPARATION_SETTINGS;
    const tokensMax = alerts?.tokensMax ?? photometry.tokensMax;
    return {
      architecture: alerts?.architecture ?? DEFAULT_ALERTS_ARCHITECTURE,
      preparation: { photometry: { ...photometry, tokensMax }, spectrum },
      weights: new Map(),
      statistics: null,
      identity: null,
    };
  }
  const release = await openRelease(start.release);
  if (release.manifest.profile !== 'alerts')
    throw new PipelineError(
      'CONFIG_INVALID',
      `Cannot train release "${start.release}" as its profile must be alerts: current value is ${release.manifest.profile}`,
    );
  const { part, weights } = alertsModelOf(release);
  return {
    architecture: part.architecture,
    preparation: preparationOf(part),
    weights: sameHead(part, classes) ? weights : withoutHead(weights),
    statistics: part.preprocessing.statistics,
    identity: { release: start.release, sha256: release.manifest.weights.sha256 },
  };
}

/** A head goes on only where its outputs mean the same classes. */
function sameHead({ head }: AlertsPart, classes: readonly string[]): boolean {
  return head !== null && JSON.stringify(head.classes) === JSON.stringify(classes);
}

function withoutHead(weights: Tensors): Tensors {
  const ofHead: readonly string[] = Object.values(HEAD_TENSORS);
  return new Map([...weights].filter(([name]) => !ofHead.includes(name)));
}

const unseen = (width: number): InputQuantiles => inputQuantiles([], width);

/** Of a modality that took no part, and whose encoder is as it was drawn. */
const NO_STATISTICS = {
  globals: unseen(GLOBAL_INPUTS.length),
  metadata: unseen(METADATA_INPUTS.length),
} satisfies StatisticsByInput;

function augmentedInputs(modalities: readonly string[]): AugmentedInputs {
  const channel = (name: string): number => {
    const index = TOKEN_INPUTS.findIndex((input) => input.name === name);
    if (index < 0) throw new TypeError(`Cannot augment light curves as they have no input "${name}"`);
    return index;
  };
  return {
    modalities,
    curve: {
      values: 'tokens',
      mask: 'tokens_mask',
      channels: TOKEN_INPUTS.length,
      ofPoints: TOKEN_INPUTS.length,
      noise: {
        kind: 'asinh',
        flux: channel('asinhFlux'),
        centred: channel('asinhFluxCentred'),
        err: channel('asinhFluxErr'),
        snr: channel('asinhSnr'),
        snrDivisor: SNR_DIVISOR,
        isLimit: channel('isUpperLimit'),
      },
      phases: Array.from({ length: HARMONICS }, (_, k) => channel(`sinPhase${k + 1}`)),
      summary: 'globals',
    },
    spectrum: { values: 'spectra', flux: 0, err: 1, covered: 2 },
  };
}

function known(weights: Tensors, name: string, shape: readonly number[]): Tensor | undefined {
  const tensor = weights.get(name);
  return tensor?.dtype === 'float32' && tensor.shape.join() === shape.join() ? tensor : undefined;
}
