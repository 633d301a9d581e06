import { noticeDevice } from '../../model/index.ts';
import {
  createMessageDecoder,
  createMessageRecords,
  openCatalogue,
  openObjectStore,
  openSchemaRegistry,
  surveyAdapters,
} from '../../streams/index.ts';
import { createTopicOutputs } from '../outputs/topic-outputs.ts';
import { Scorer } from '../scorer.ts';
import { openScoringModel } from '../scoring-model.ts';
import { Stages } from '../stages.ts';
import type { Closers } from './closers.ts';
import { RegistryOutages } from './registry-outages.ts';
import type { ServiceOptions } from './service.ts';
import type { SubscriptionParts } from './subscriptions.ts';

/**
 * Everything that the work on partitions needs.
 *
 * @throws PipelineError naming what cannot be opened
 */
export async function openParts(
  options: Pick<ServiceOptions, 'config' | 'clock' | 'metrics' | 'notice' | 'openModel'>,
  closers: Closers,
): Promise<SubscriptionParts> {
  const { config, clock, metrics, openModel = openScoringModel } = options;
  const { decode, join, window } = config;
  const { schemasDir } = decode;
  const registry = await openSchemaRegistry({ registry: config.registry, schemasDir, clock, metrics });
  const { embed, detectors, manifest, device } = closers.add(await openModel(config, metrics));
  noticeDevice(device, options.notice);
  const outputs = await createTopicOutputs({
    outputs: config.outputs,
    candidates: config.candidates,
    detectors: Object.keys(detectors),
    messageBytesMax: config.kafka.messageBytesMax,
    registry: config.registry,
  });
  const file = join.catalogueFile;
  const catalogue = file === null ? null : await openCatalogue({ file, join });
  const store = closers.add(
    await openObjectStore({ mode: 'write', store: config.store, window, join, metrics }),
  );
  const scorer = new Scorer({
    embed,
    detectors,
    catalogue,
    release: manifest.name,
    metrics,
    keepPeriods: (periods) => {
      store.keepPeriods(periods);
    },
  });
  const adapters = surveyAdapters(decode.mappings);
  return {
    config,
    clock,
    metrics,
    store,
    scorer,
    outputs,
    outages: new RegistryOutages(config.service, clock),
    stages: new Stages({ config, store, scorer, clock, metrics }),
    decoder: createMessageDecoder({ decode, registry, adapters, withCutouts: false }),
    records: createMessageRecords({ decode, registry }),
  };
}
