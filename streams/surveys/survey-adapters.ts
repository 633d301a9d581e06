import type { SurveyMapping } from '../../core/index.ts';
import type { SurveyAdapter } from './adapter.ts';
import { elasticcAdapter } from './elasticc.ts';
import { lsstAdapter } from './lsst.ts';
import { mappedAdapter } from './mapped.ts';
import { ztfAdapter } from './ztf.ts';

/**
 * Every survey that can be read, in the order in which they are asked: the ones with code of their own, then the mapped
 * ones as configured.
 */
export function surveyAdapters(mappings: readonly SurveyMapping[]): readonly SurveyAdapter[] {
  return [ztfAdapter, lsstAdapter, elasticcAdapter, ...mappings.map(mappedAdapter)];
}
