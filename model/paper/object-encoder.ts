import { PipelineError } from '../../core/index.ts';
import type { ObjectEncoder, ProfileEncoderOptions } from '../object-encoder.ts';

/**
 * @throws PipelineError RELEASE_INVALID always: the profile's inputs are tensors (`nightjar embed`)
 */
export function refusePaperObjects({ folder }: ProfileEncoderOptions<'paper'>): Promise<ObjectEncoder> {
  return Promise.reject(
    new PipelineError(
      'RELEASE_INVALID',
      `Cannot embed objects of a data set with release "${folder}" as its profile must be "alerts": ` +
        'current value is "paper"',
    ),
  );
}
