import type { EvaluationTask, TaskFigures, EvaluationResult } from '../model/index.ts';

/** What each task found out, in a few words. */
const HEADLINES: { readonly [T in EvaluationTask]: (figures: TaskFigures[T]) => string } = {
  probe: ({ probes, majorityAccuracy }) =>
    `${probes.map(({ probe, report }) => `${probe} ${ratio(report.accuracy)}`).join(', ')} accuracy ` +
    `(commonest class ${ratio(majorityAccuracy)})`,
  'few-labels': ({ rows }) =>
    `linear accuracy ${rows.map(({ labelRatio, linear }) => `${ratio(linear.accuracy.mean)} of ${labelRatio * 100} %`).join(', ')}`,
  modalities: ({ rows }) =>
    `accuracy ${rows.map(({ modalities, accuracy }) => `${modalities} ${ratio(accuracy)}`).join(', ')}`,
  retrieval: ({ rows }) =>
    `R@10 ${rows.map(({ from, to, recallAt10, chanceAt10 }) => `${from} → ${to} ${ratio(recallAt10)} (chance ${ratio(chanceAt10)})`).join(', ')}`,
  'zero-shot': ({ rows }) =>
    `balanced accuracy ${rows.map(({ centresFrom, queriesFrom, balancedAccuracy }) => `${centresFrom} → ${queriesFrom} ${ratio(balancedAccuracy)}`).join(', ')}`,
  misclassification: ({ auroc, foundInTopPlanted }) =>
    `AUROC ${ratio(auroc.mean)}, ${ratio(foundInTopPlanted.mean)} of planted labels among as many first`,
  similarity: ({ purity, chance }) => `purity ${ratio(purity)} (chance ${ratio(chance)})`,
  novelty: ({ means, rows }) =>
    `AUROC ${Object.entries(means)
      .map(([score, { auroc }]) => `${score} ${ratio(auroc)}`)
      .join(', ')} over ${rows.length} classes`,
  map: ({ n, planePurity }) =>
    `${n} objects${planePurity === null ? '' : `, purity on the map ${ratio(planePurity)}`}`,
};

/** One line about a result, without the task's name. */
export function headlineOf({ task, figures, skipped }: EvaluationResult): string {
  if (figures === null) return `left out, as ${skipped ?? 'it has no figures'}`;
  // A result's figures are those of its task.
  const headline = HEADLINES[task] as (own: typeof figures) => string;
  return headline(figures);
}

function ratio(value: number): string {
  return value.toFixed(3);
}
