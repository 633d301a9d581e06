import { barChart, type Bar } from '../../plots/bar-chart.ts';
import { heatMap } from '../../plots/heat-map.ts';
import { lineChart, type LineSeries } from '../../plots/line-chart.ts';
import { mapPage } from '../../plots/map-page.ts';
import { seriesColour } from '../../plots/plot-colours.ts';
import { scatterPlot } from '../../plots/scatter-plot.ts';
import type { EvaluationResult } from '../evaluate.ts';
import type { EvaluationTask, TaskFigures } from '../evaluation-tasks.ts';
import type { MeanAndError } from '../mean-and-error.ts';
import { NOVELTY_SCORES } from '../tasks/novelty-task.ts';
import type { MapPoints } from '../tasks/map-task.ts';
import { NOVELTY_SCORE_NAMES } from './score-names.ts';

/** A picture, or a page, by the name of its file. */
export interface Picture {
  readonly file: string;
  readonly text: string;
}

const objectsText = (n: number): string => `${n.toLocaleString('en-US')} objects`;

/** What is drawn of each task's figures. */
const PICTURES: {
  readonly [T in EvaluationTask]: (figures: TaskFigures[T], points: MapPoints | null) => readonly Picture[];
} = {
  probe: ({ probes, classes, n }) => [
    ...probes.slice(0, 1).map(({ report }) => ({
      file: 'confusion.svg',
      text: heatMap({
        title: `Confusion of the linear probe, % of each class, ${objectsText(n)}`,
        names: classes,
        counts: report.confusion,
        rowsAre: 'true class',
        columnsAre: 'predicted class',
      }),
    })),
  ],
  'few-labels': ({ rows, n }) => [
    {
      file: 'few-labels.svg',
      text: barChart({
        title: `Balanced accuracy with few labels, ${objectsText(n)}`,
        valuesAre: 'balanced accuracy, mean ± standard error',
        series: ['linear probe', 'k-NN'],
        groups: rows.map(({ labelRatio, labels, linear, knn }) => ({
          name: `${labelRatio * 100} % (${labels})`,
          bars: [whiskered(linear.balancedAccuracy), whiskered(knn.balancedAccuracy)],
        })),
      }),
    },
  ],
  modalities: ({ rows, completeObjects }) => [
    {
      file: 'modalities.svg',
      text: barChart({
        title: 'Balanced accuracy where objects are left with less',
        valuesAre: 'balanced accuracy of one linear probe, trained on all',
        series: [
          'objects that have the combination',
          ...(completeObjects > 0 ? [`the ${completeObjects} objects that have all three`] : []),
        ],
        groups: rows.map(({ modalities, balancedAccuracy, completeBalancedAccuracy }) => ({
          name: modalities,
          bars: [
            { value: balancedAccuracy },
            ...(completeObjects === 0
              ? []
              : [completeBalancedAccuracy === null ? null : { value: completeBalancedAccuracy }]),
          ],
        })),
      }),
    },
  ],
  retrieval: ({ rows }) => [
    {
      file: 'retrieval.svg',
      text: lineChart({
        title: 'Finding an object by another of its modalities',
        xIs: 'k (logarithmic)',
        yIs: 'partner among the first k',
        series: [
          ...rows.map(({ from, to, curve }, i): LineSeries => ({
            name: `${from} → ${to}`,
            colour: seriesColour(i),
            points: curve.map(({ k, recall }) => ({ x: k, y: recall })),
          })),
          // Both directions of a pair have the same candidates.
          ...rows.flatMap(({ from, to, n }, i): LineSeries[] =>
            i % 2 === 1
              ? []
              : [
                  {
                    name: `chance, ${from} and ${to} (n = ${n})`,
                    colour: seriesColour(i),
                    isDashed: true,
                    points: chancePoints(n),
                  },
                ],
          ),
        ],
      }),
    },
  ],
  'zero-shot': ({ rows }) => [
    {
      file: 'zero-shot.svg',
      text: barChart({
        title: 'Classes from centres of another modality',
        valuesAre: 'balanced accuracy',
        series: ['balanced accuracy'],
        groups: rows.map(({ centresFrom, queriesFrom, balancedAccuracy, chance }) => ({
          name: `${centresFrom} → ${queriesFrom}`,
          bars: [{ value: balancedAccuracy }],
          chance,
        })),
      }),
    },
  ],
  misclassification: ({ inspected, planted, n }) => [
    {
      file: 'misclassification.svg',
      text: barChart({
        title: `Planted wrong labels found, ${planted} among ${objectsText(n)}`,
        valuesAre: 'share found, mean ± standard error',
        series: ['found'],
        groups: inspected.map(({ inspectedRatio, found }) => ({
          name: `first ${inspectedRatio * 100} %`,
          bars: [whiskered(found)],
          chance: inspectedRatio,
        })),
      }),
    },
  ],
  similarity: ({ perClass, purity, chance, neighbours }) => [
    {
      file: 'similarity.svg',
      text: barChart({
        title: `Share of the ${neighbours} most similar objects that are of the same class`,
        valuesAre: 'purity',
        series: ['purity'],
        groups: [
          { name: 'all', bars: [{ value: purity }], chance },
          ...perClass.map((of) => ({
            name: `${of.className} (${of.n})`,
            bars: [{ value: of.purity }],
            chance: of.chance,
          })),
        ],
      }),
    },
  ],
  novelty: ({ rows }) => {
    const severalSurveys = new Set(rows.map(({ survey }) => survey)).size > 1;
    const shown = NOVELTY_SCORES.filter((score) => rows.some(({ scores }) => scores[score] !== undefined));
    return [
      {
        file: 'novelty.svg',
        text: barChart({
          title: 'Classes that were left out, found as new',
          valuesAre: 'AUROC',
          series: shown.map((score) => NOVELTY_SCORE_NAMES[score]),
          groups: rows.map(({ survey, className, scores }) => ({
            name: `${severalSurveys ? `${survey} ` : ''}${className}`,
            bars: shown.map((score) => {
              const report = scores[score];
              return report === undefined ? null : { value: report.auroc };
            }),
            chance: 0.5,
          })),
        }),
      },
    ];
  },
  map: ({ n, neighbours, minDist, planePurity, chance }, points) => {
    if (points === null) return [];
    const names = [...new Set(points.classNames.filter((name) => name !== null))].sort((a, b) =>
      a < b ? -1 : 1,
    );
    const drawing = {
      names,
      kinds: points.classNames.map((name) => (name === null ? -1 : names.indexOf(name))),
      places: points.places.data,
    };
    const purity =
      planePurity === null || chance === null
        ? ''
        : ` The nearest ten on the map are of the same class in ${percent(planePurity)}, by chance in ${percent(chance)}.`;
    return [
      {
        file: 'map.svg',
        text: scatterPlot({ title: `Mean embeddings of ${objectsText(n)} (UMAP)`, ...drawing }),
      },
      {
        file: 'map.html',
        text: mapPage({
          title: `Mean embeddings of ${objectsText(n)}`,
          note:
            `UMAP, cosine distance, ${neighbours} neighbours, least distance ${minDist}.${purity} ` +
            'Wheel to enlarge, drag to move, double click to reset.',
          ...drawing,
          ids: points.ids,
        }),
      },
    ];
  },
};

/** Pictures of a task's figures; none where it was left out. */
export function picturesOf({ task, figures, points }: EvaluationResult): readonly Picture[] {
  if (figures === null) return [];
  // A result's figures are those of its task.
  const draw = PICTURES[task] as (own: typeof figures, points: MapPoints | null) => readonly Picture[];
  return draw(figures, points);
}

function whiskered({ mean, standardError }: MeanAndError): Bar {
  return { value: mean, error: standardError };
}

/** k / n, a line that is a curve on a logarithmic axis. */
function chancePoints(n: number): LineSeries['points'] {
  const steps = 40;
  return Array.from({ length: steps + 1 }, (_, i) => {
    const k = n ** (i / steps);
    return { x: k, y: k / n };
  });
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(1)} %`;
}
