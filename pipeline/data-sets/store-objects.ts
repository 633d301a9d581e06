import type { Catalogue, Label, ObjectStore, ObjectView } from '../../streams/index.ts';
import { joinMetadata } from '../../streams/index.ts';
import type { DataSetObject } from '../../core/index.ts';

/**
 * The objects of a store as those of a data set, in order of key: `survey/objectId` is their id. A label may be of the
 * id with or without the survey.
 *
 * @param context.catalogue gives metadata by position to objects that it knows; `null` for none
 */
export async function* storeObjects(
  store: ObjectStore,
  context: { readonly labels: ReadonlyMap<string, Label>; readonly catalogue: Catalogue | null },
): AsyncGenerator<DataSetObject> {
  for await (const view of store.objects()) yield dataSetObject(view, context);
}

function dataSetObject(
  view: ObjectView,
  context: { readonly labels: ReadonlyMap<string, Label>; readonly catalogue: Catalogue | null },
): DataSetObject {
  const { key, lightCurve, packetMetadata, joinedMetadata, spectrum } = view;
  const label = context.labels.get(key) ?? context.labels.get(String(lightCurve.objectId));
  const match = context.catalogue?.match(lightCurve.raDeg, lightCurve.decDeg) ?? null;
  return {
    objectId: key,
    className: label?.className ?? null,
    split: label?.split ?? null,
    joined: {
      lightCurve,
      metadata: joinMetadata(packetMetadata, match?.metadata ?? {}, joinedMetadata),
      spectrum,
    },
    catalogue: null,
  };
}
