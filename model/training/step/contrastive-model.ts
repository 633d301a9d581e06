import type { GraphBuilder } from '../../ir/builder.ts';
import type { ModelInputs } from '../../ir/model-inputs.ts';
import type { Value } from '../../ir/types.ts';
import { barlowTwinsLoss, barlowTwinsOfViews } from '../../losses/barlow-twins.ts';
import { clipLoss } from '../../losses/clip.ts';
import { crossEntropyLoss, UNLABELLED } from '../../losses/cross-entropy.ts';
import type { EncodedModality, PairedLoss } from '../../losses/modalities.ts';
import { projector } from '../../losses/projector.ts';
import type { ProjectorSizes } from '../../losses/projector.ts';
import { weightedSum } from '../../losses/weighted-sum.ts';
import type { WeightedLoss } from '../../losses/weighted-sum.ts';
import { classLogits } from './class-head.ts';
import type { ModalityEncoder } from './modality-encoder.ts';
import { classCountOf } from '../objective.ts';
import type { ObjectiveConfig } from '../objective.ts';
import { LOSS } from './training-step.ts';
import type { Features, Objective, TrainableModel } from './trainable-model.ts';

/** Name of the input that says which objects have a modality: float32 [batch], 1 or 0. */
export function presenceInput(modality: string): string {
  return `present.${modality}`;
}

/** Name of an input of the second view. */
export function viewInput(name: string): string {
  return `view.${name}`;
}

/** Name of the input with classes: int64 [batch], −1 for an object without label. */
export const LABEL_INPUT = 'label';

/**
 * A model of any modalities with any of the losses. Every loss sees a list of encoded modalities and nothing of what they
 * are; so a further encoder in the list is a further modality in all of them.
 *
 * Inputs beside the encoders' own: `present.<modality>` for each; with two views all of an encoder's rows again as
 * `view.…`; with classes `label`. Metrics: `loss_<pair>` of `clip`, `barlow_<pair>`, `views_<pair>`, `cross_entropy`.
 *
 * @param given encoders, at least one; two for a loss between modalities. One that no loss looks at is left out
 */
export function createContrastiveModel(
  given: readonly ModalityEncoder[],
  config: ObjectiveConfig,
): TrainableModel {
  const encoders = usedEncoders(given, config);
  const hasViews = config.views !== undefined;
  return {
    inputs: (g, batch) => {
      const shared = encoders.map((encoder) => encoder.shared(g));
      const rows = encoders.flatMap((encoder) => [
        encoder.rows(g, { batch }),
        ...(hasViews ? [viewRows(g, encoder, batch)] : []),
      ]);
      return { rows: merged(rows), shared: merged(shared) };
    },
    encode: (g, inputs, dropout) =>
      merged(
        encoders.map((encoder) => ({
          [encoder.name]: encoder.encode(g, inputs, dropout),
          ...(hasViews
            ? {
                [viewInput(encoder.name)]: encoder.encode(g, secondView(inputs), (graph, x, site) =>
                  dropout(graph, x, viewInput(site)),
                ),
              }
            : {}),
        })),
      ),
    objective: (g, features, batch) => objectiveOf({ g, encoders, features, batch }, config),
  };
}

/** A head on the encoding of one modality needs no other. */
function usedEncoders(
  encoders: readonly ModalityEncoder[],
  config: ObjectiveConfig,
): readonly ModalityEncoder[] {
  if (needsEmbeddings(config)) return encoders;
  const read = encoders.filter(({ name }) => name === config.classes?.from);
  return read.length === 0 ? encoders : read;
}

/** Whether a loss looks at what the encoders' projections give. */
function needsEmbeddings({ clip, barlowTwins, views, classes }: ObjectiveConfig): boolean {
  return [clip, barlowTwins, views].some((loss) => loss !== undefined) || classes?.from === 'all';
}

interface ObjectiveContext {
  readonly g: GraphBuilder;
  readonly encoders: readonly ModalityEncoder[];
  readonly features: Features;
  readonly batch: number;
}

function objectiveOf(context: ObjectiveContext, config: ObjectiveConfig): Objective {
  const { g, encoders, features, batch } = context;
  const presence = new Map(
    encoders.map(({ name }) => [name, g.input(presenceInput(name), 'float32', [batch])]),
  );
  const encoded = (encoder: ModalityEncoder, feature: string): EncodedModality => ({
    key: encoder.key,
    projection: encoder.project(g, features[feature]!),
    present: presence.get(encoder.name)!,
  });
  const modalities = needsEmbeddings(config) ? encoders.map((encoder) => encoded(encoder, encoder.name)) : [];
  const terms: WeightedLoss[] = [];
  const metrics: Record<string, Value> = {};
  const add = (name: string, weight: number, { loss, pairs }: PairedLoss): void => {
    terms.push({ name, weight, loss });
    for (const pair of pairs) metrics[`${name}_${pair.name}`] = pair.loss;
  };
  const { clip, barlowTwins, views, classes } = config;
  if (clip !== undefined) add('loss', clip.weight, clipLoss(g, modalities, clip.pairWeights));
  if (barlowTwins !== undefined)
    add('barlow', barlowTwins.weight, barlowTwinsLoss(g, behind(g, modalities, barlowTwins), barlowTwins));
  if (views !== undefined) {
    for (const [i, encoder] of encoders.entries()) {
      const pair = [modalities[i]!, encoded(encoder, viewInput(encoder.name))];
      const [first, second] = behind(g, pair, views);
      add(`views_${encoder.key}`, views.weight, barlowTwinsOfViews(g, [first!, second!], views));
    }
  }
  if (classes !== undefined) {
    const given = g.input(LABEL_INPUT, 'int64', [batch]);
    const shown = encoders.filter(({ name }) => classes.from === 'all' || classes.from === name);
    const isShown = shown.map(({ name }) => presence.get(name)!).reduce((any, one) => g.maximum(any, one));
    // What an object that lacks the head's input would teach is the head's bias alone.
    const labels = g.where(g.greater(isShown, 0), given, UNLABELLED);
    const count = classCountOf(config) ?? 0;
    const logits = classLogits({ g, encoders, features, modalities }, { ...classes, count });
    const loss = crossEntropyLoss(g, logits, labels);
    terms.push({ name: 'cross_entropy', weight: classes.weight, loss });
    metrics['cross_entropy'] = loss;
  }
  return { loss: weightedSum(g, LOSS_SUM, terms).loss, metrics };
}

/** The total's name among the terms; its output is `LOSS`. */
const LOSS_SUM = `${LOSS}_sum`;

/** Each modality behind its projector, where there is one. */
function behind(
  g: GraphBuilder,
  modalities: readonly EncodedModality[],
  { projector: sizes }: { readonly projector: ProjectorSizes | null },
): readonly EncodedModality[] {
  return sizes === null ? modalities : modalities.map((modality) => projector(g, modality, sizes));
}

function viewRows(g: GraphBuilder, encoder: ModalityEncoder, batch: number): ModelInputs['rows'] {
  const rows = encoder.rows(g, { batch, nameOf: viewInput });
  return Object.fromEntries(Object.entries(rows).map(([name, value]) => [viewInput(name), value]));
}

/** The second view's rows under the names that the encoders know. */
function secondView({ rows, shared }: ModelInputs): ModelInputs {
  const prefix = viewInput('');
  const named = Object.entries(rows).flatMap(([name, value]) =>
    name.startsWith(prefix) ? [[name.slice(prefix.length), value] as const] : [],
  );
  return { rows: Object.fromEntries(named), shared };
}

function merged(parts: readonly Readonly<Record<string, Value>>[]): Readonly<Record<string, Value>> {
  return Object.assign({}, ...parts) as Readonly<Record<string, Value>>;
}
