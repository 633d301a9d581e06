import { alertsPartFault, alertsTensors } from '../alerts/release-schema.ts';
import { paperPartFault, paperTensors, paperWeightsFault } from '../paper/release-part.ts';
import type { TensorInfo } from '../safetensors/header.ts';
import type { Tensors } from '../tensor.ts';
import type { ManifestOf, Profile } from './manifest.ts';

/** What opening a release asks of its profile. */
export interface ProfileRules<P extends Profile> {
  /** Why the code cannot serve a release with this part of a manifest, in a clause; `null` if it can. */
  partFault(part: ManifestOf<P>['model']): string | null;
  /** Every tensor that the weights must hold. */
  tensors(part: ManifestOf<P>['model']): ReadonlyMap<string, TensorInfo>;
  /** Why weights of the right types and shapes cannot be used, in a clause; `null` if they can. */
  weightsFault(part: ManifestOf<P>['model'], weights: Tensors): string | null;
}

export const PROFILES: { readonly [P in Profile]: ProfileRules<P> } = {
  paper: { partFault: paperPartFault, tensors: paperTensors, weightsFault: paperWeightsFault },
  alerts: { partFault: alertsPartFault, tensors: alertsTensors, weightsFault: () => null },
};
