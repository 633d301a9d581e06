import type { Detector } from '../../detectors/index.ts';
import { DETECTOR_NAMES } from '../../detectors/index.ts';
import { openBank, openRelease } from '../../model/index.ts';
import type { ScoringModel } from '../../pipeline/index.ts';
import type { Config, Embedding } from '../../core/index.ts';

/**
 * A release that embeds nothing and searches no bank: every object has the same embedding and the same neighbours, as many
 * as scores have, so that the records are as large as real ones.
 */
export async function openConstantModel(config: Config): Promise<ScoringModel> {
  const release = await openRelease(config.model.release);
  const bank = await openBank(release);
  const neighbours = bank.objectIds.slice(0, config.score.neighbours).map((objectId, i) => {
    return { objectId, label: bank.labels[i] ?? '', cosine: 0.123456 };
  });
  const detector: Detector = { detect: () => ({ score: 0.123456, neighbours }) };
  const embedding: Embedding = {
    mask: 'PM',
    photometry: new Float32Array(bank.dimensions),
    spectrum: null,
    metadata: new Float32Array(bank.dimensions),
  };
  return {
    manifest: release.manifest,
    device: { device: 'cpu', reason: null },
    embed: (objects) => Promise.resolve(objects.map(() => embedding)),
    detectors: Object.fromEntries(DETECTOR_NAMES.map((name) => [name, detector])),
    close: () => Promise.resolve(),
  };
}
