import type { EvaluationResult } from '../evaluate.ts';
import type { EvaluationTask } from '../evaluation-tasks.ts';
import { markdownTable, markdownText } from './markdown-table.ts';
import { picturesOf } from './task-pictures.ts';
import { tablesOf } from './task-tables.ts';

export interface EvaluationReportOptions {
  readonly release: string;
  readonly data: readonly string[];
  /** Lines about the objects: how many, of which classes and modalities. */
  readonly about: readonly string[];
  readonly results: readonly EvaluationResult[];
}

const HEADINGS: { readonly [T in EvaluationTask]: string } = {
  probe: 'Classes read off the embedding',
  'few-labels': 'Few labels',
  modalities: 'Missing modalities',
  retrieval: 'Retrieval between modalities',
  'zero-shot': 'Classes from another modality',
  misclassification: 'Wrong labels',
  similarity: 'Similar objects',
  novelty: 'Unknown classes',
  map: 'Map',
};

/** All tables and pictures of an evaluation as one Markdown text, beside which the pictures lie. */
export function evaluationReport({ release, data, about, results }: EvaluationReportOptions): string {
  return [
    `# Evaluation of ${release}`,
    '',
    `Data: ${markdownText(data.join(', '))}`,
    '',
    ...about.map(markdownText),
    ...results.flatMap((result) => [
      '',
      `## ${HEADINGS[result.task]}`,
      '',
      ...tablesOf(result),
      ...picturesOf(result)
        .filter(({ file }) => file.endsWith('.svg'))
        .map(({ file }) => `![${HEADINGS[result.task]}](${file})`),
    ]),
    '',
    '## Cost',
    ...markdownTable(
      ['task', 'seconds', 'peak memory so far, MiB'],
      results.map(({ task, elapsedMs, peakRssMiB }) => [
        task,
        (elapsedMs / 1000).toFixed(1),
        String(peakRssMiB),
      ]),
    ),
  ]
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trimEnd()
    .concat('\n');
}
