import { systemClock } from '../../core/index.ts';
import type { DataSet, DataSetObject, Neighbour } from '../../core/index.ts';
import { createDetectors } from '../../detectors/index.ts';
import { createEmbedder, noveltyReport, openBank, openRelease, peakRssMiB } from '../../model/index.ts';
import type { BenchReport, Measured } from '../result.ts';
import { textTable } from '../table.ts';

export interface RealAlertsOptions {
  /** Packets, with labels for some objects. */
  readonly dataSet: DataSet;
  readonly release: string;
  /** Fewer detections are not scored. */
  readonly detectionsMin: number;
  /** Neighbours that a score rests on. */
  readonly neighbours: number;
  /** Objects that are listed. */
  readonly top: number;
  readonly workers: number;
}

/** Labels of periodic variables, as catalogues write them; every other label is of a transient or a rare class. */
const PERIODIC = /^(RR|EA$|EB$|EW$|E$|ECL|CEP|DSCT|LPV|MIRA|SR$|ROT|PER)/i;

interface Scored {
  readonly objectId: string;
  readonly className: string | null;
  readonly detections: number;
  readonly score: number;
  readonly neighbours: readonly Neighbour[];
}

/**
 * What a release says of real packets that it was not trained on: how many objects it scores, whether labelled transients
 * and rare classes score above labelled periodic ones, and which objects score highest.
 */
export async function realAlertsBench(options: RealAlertsOptions): Promise<BenchReport> {
  const beginMs = systemClock.monotonicMs();
  const scored = await scoredObjects(options);
  const seconds = (systemClock.monotonicMs() - beginMs) / 1000;
  const isPeriodic = ({ className }: Scored): boolean => PERIODIC.test(className ?? '');
  const labelled = scored.filter(({ className }) => className !== null);
  const scoresOf = (objects: readonly Scored[]): Float64Array =>
    Float64Array.from(objects, ({ score }) => score);
  const periodic = labelled.filter(isPeriodic);
  const others = labelled.filter((object) => !isPeriodic(object));
  const report = noveltyReport(scoresOf(periodic), scoresOf(others));
  const figures: Record<string, Measured> = {
    auroc: { unit: 'ratio', raw: report === null ? [] : [report.auroc] },
    seconds: { unit: 's', raw: [seconds] },
  };
  const top = scored.slice(0, options.top);
  return {
    name: 'real-alerts',
    config: {
      ...{ release: options.release, detectionsMin: options.detectionsMin, neighbours: options.neighbours },
      peakRssMib: peakRssMiB(),
      top: top.map(({ objectId, className, score }) => ({
        objectId,
        className,
        score: Number(score.toFixed(4)),
      })),
    },
    n: { scored: scored.length, periodic: periodic.length, others: others.length },
    figures,
    text: textTable(
      ['object', 'label', 'detections', 'score', 'nearest'],
      top.map(({ objectId, className, detections, score, neighbours }) => [
        objectId,
        className ?? '–',
        String(detections),
        score.toFixed(3),
        nearestText(neighbours),
      ]),
    ),
  };
}

/** Highest score first. */
async function scoredObjects({
  dataSet,
  release: name,
  detectionsMin,
  neighbours,
  workers,
}: RealAlertsOptions): Promise<readonly Scored[]> {
  const release = await openRelease(name);
  const { knn } = createDetectors(await openBank(release), { neighbours });
  const embedder = await createEmbedder({ release, workers });
  try {
    const objects: DataSetObject[] = [];
    for await (const object of dataSet.objects(() => undefined))
      if (detectionsOf(object) >= detectionsMin) objects.push(object);
    const embeddings = await embedder.embed(objects.map(({ joined }) => joined));
    return objects
      .flatMap((object, i): Scored[] => {
        const embedding = embeddings[i];
        if (embedding === undefined) return [];
        const { objectId, className } = object;
        return [{ objectId, className, detections: detectionsOf(object), ...knn.detect(embedding) }];
      })
      .sort((a, b) => b.score - a.score || (a.objectId < b.objectId ? -1 : 1));
  } finally {
    await embedder.close();
  }
}

function detectionsOf({ joined: { lightCurve } }: DataSetObject): number {
  return lightCurve.points.filter(({ kind }) => kind === 'detection').length;
}

/** `6 SNIa, 4 CV` */
function nearestText(neighbours: readonly Neighbour[]): string {
  const counts = new Map<string, number>();
  for (const { label } of neighbours) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([label, count]) => `${count} ${label}`)
    .join(', ');
}
