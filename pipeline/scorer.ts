import { effectiveWavelengthAngstrom } from '../core/index.ts';
import type {
  EmbeddedObject,
  Embedding,
  JoinedObject,
  LightCurve,
  Metrics,
  ScoreRecord,
} from '../core/index.ts';
import type { Detector } from '../detectors/index.ts';
import { joinMetadata } from '../streams/index.ts';
import type { Catalogue } from '../streams/index.ts';
import type { Subject } from './subject.ts';

/** Decimals of cosines and detector scores in a record: beyond float32's reach the digits carry nothing. */
const SCORE_DECIMALS = 6;

interface ScorerParts {
  /** Unit embeddings of objects, in order. */
  readonly embed: (objects: readonly JoinedObject[]) => Promise<readonly EmbeddedObject[]>;
  readonly detectors: Readonly<Record<string, Detector>>;
  readonly catalogue: Catalogue | null;
  /** Name of the release, as the records give it. */
  readonly release: string;
  readonly metrics: Metrics;
  /** Takes what the embedder wants to be given with an object the next time, by the object's key. */
  readonly keepPeriods?: (periods: ReadonlyMap<string, Uint8Array>) => void;
}

/** Joins, embeds and scores subjects. Records depend on subjects, catalogue and release alone. */
export class Scorer {
  readonly #parts: ScorerParts;

  constructor(parts: ScorerParts) {
    this.#parts = parts;
  }

  /** One record per subject, in order. */
  async score(subjects: readonly Subject[]): Promise<readonly ScoreRecord[]> {
    if (subjects.length === 0) return [];
    const objects = subjects.map((subject) => this.#joined(subject));
    const embeddings = await this.#parts.embed(objects);
    this.#keep(subjects, embeddings);
    const records = subjects.map((subject, i) => {
      const embedding = embeddings[i];
      if (embedding === undefined) {
        throw new RangeError(
          `Cannot score ${subjects.length} subjects as their embeddings are fewer: ${embeddings.length}`,
        );
      }
      return this.#record(subject, embedding);
    });
    for (const { cause, mask } of records) {
      this.#parts.metrics.count('nightjar_pipeline_scores_total', { cause, mask });
    }
    return records;
  }

  #keep(subjects: readonly Subject[], embeddings: readonly EmbeddedObject[]): void {
    const periods = new Map<string, Uint8Array>();
    for (const [i, { view }] of subjects.entries()) {
      const bytes = embeddings[i]?.periodsToKeep ?? null;
      // Of several revisions of an object the last one's are what its next one starts from.
      if (bytes !== null) periods.set(view.key, bytes);
    }
    if (periods.size > 0) this.#parts.keepPeriods?.(periods);
  }

  #joined({ view, alert }: Subject): JoinedObject {
    const { catalogue, metrics } = this.#parts;
    const match = catalogue?.match(alert.raDeg, alert.decDeg) ?? null;
    if (catalogue !== null) {
      const result = match === null ? 'none' : match.candidates.length > 1 ? 'ambiguous' : 'single';
      metrics.count('nightjar_join_metadata_matches_total', { result });
    }
    return {
      lightCurve: view.lightCurve,
      metadata: joinMetadata(view.packetMetadata, match?.metadata ?? {}, view.joinedMetadata),
      spectrum: view.spectrum,
      ...(view.keptPeriods === undefined ? {} : { keptPeriods: view.keptPeriods }),
    };
  }

  #record({ view, cause, alert, source }: Subject, embedding: Embedding): ScoreRecord {
    const results = Object.entries(this.#parts.detectors).map(([name, detector]) => ({
      name,
      ...detector.detect(embedding),
    }));
    const { points } = view.lightCurve;
    return {
      survey: view.lightCurve.survey,
      objectId: String(view.lightCurve.objectId),
      alertId: alert.alertId === null ? null : String(alert.alertId),
      mjdTai: alert.mjdTai,
      raDeg: alert.raDeg,
      decDeg: alert.decDeg,
      revision: view.revision,
      cause,
      mask: embedding.mask,
      points: points.length,
      bands: bandsOf(view.lightCurve),
      novelty: {
        pValue: null,
        falseAlarmsPerNight: null,
        detectors: Object.fromEntries(results.map(({ name, score }) => [name, rounded(score)])),
      },
      neighbours: results
        .flatMap((result) => result.neighbours)
        .map((neighbour) => ({ ...neighbour, cosine: rounded(neighbour.cosine) })),
      release: this.#parts.release,
      source,
      latencyMs: null,
    };
  }
}

/** Bands with a measurement, bluest first. */
function bandsOf({ survey, points }: LightCurve): string {
  const wavelength = (band: string): number => effectiveWavelengthAngstrom(survey, band) ?? Infinity;
  return [...new Set(points.map((point) => point.band))]
    .sort((a, b) => wavelength(a) - wavelength(b) || (a < b ? -1 : 1))
    .join('');
}

function rounded(value: number): number {
  const scale = 10 ** SCORE_DECIMALS;
  // Adding zero turns −0 into 0.
  return Math.round(value * scale) / scale + 0;
}
