import { counted, mjdTai, njy } from '../../../core/index.ts';
import type { JoinedObject, Point } from '../../../core/index.ts';
import { openScoringModel } from '../../scoring-model.ts';
import type { Check, CheckContext } from './check.ts';
import { found } from './finding.ts';
import type { Finding } from './finding.ts';

/** Whether the release opens, has the detector that candidates are chosen by, and runs on the device: one inference. */
export const modelCheck: Check = { what: 'release', find: findModel };

async function findModel({ config, metrics, clock }: CheckContext): Promise<readonly Finding[]> {
  const model = await openScoringModel(config, metrics);
  try {
    const { name, profile } = model.manifest;
    const beganMs = clock.monotonicMs();
    const [embedding] = await model.embed([sampleObject()]);
    const tookMs = Math.round(clock.monotonicMs() - beganMs);
    const { device, reason } = model.device;
    const what = `device ${device}`;
    const workers = counted(config.model.workers, 'worker');
    const why = reason === null ? '' : `; chosen as ${reason}`;
    return [
      found.ok('release', `"${name}" opens, profile ${profile}`),
      ...detectorFindings(Object.keys(model.detectors), config.candidates.detector),
      embedding === undefined
        ? found.fail(what, 'gave no embedding for one object')
        : found.ok(what, `embeds one object in ${tookMs} ms, ${workers}${why}`),
    ];
  } finally {
    await model.close();
  }
}

function detectorFindings(detectors: readonly string[], chosen: string): readonly Finding[] {
  if (detectors.includes(chosen)) return [];
  return [
    found.fail(
      'candidates',
      `candidates.detector "${chosen}" is none of the release's: ${detectors.join(', ')}`,
      'take one of them',
    ),
  ];
}

/** A star that brightens and fades: enough for every input of a model to be computed. */
function sampleObject(): JoinedObject {
  const points = Array.from({ length: 24 }, (_, index): Point => ({
    kind: 'detection',
    alertId: BigInt(index + 1),
    mjdTai: mjdTai(60_000 + index * 1.7),
    band: index % 2 === 0 ? 'g' : 'r',
    fluxNjy: njy(20_000 + 10_000 * Math.sin(index / 3)),
    fluxErrNjy: njy(500),
  }));
  return {
    lightCurve: { survey: 'ztf', objectId: 'doctor', raDeg: 180, decDeg: 30, points },
    metadata: {},
    spectrum: null,
  };
}
