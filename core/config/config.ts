import { z } from 'zod';
import { crossFaults } from './config-rules.ts';
import { joinSection, storeSection, windowSection } from './object-sections.ts';
import { archiveSection, decodeSection, registrySection } from './packet-sections.ts';
import { logSection, metricsSection, modelSection, pipelineSection, scoreSection } from './run-sections.ts';
import {
  candidatesSection,
  kafkaSection,
  outputsSection,
  serviceSection,
  webhookSection,
} from './service-sections.ts';
import { sourcesSection } from './source-section.ts';

/**
 * The whole configuration: the schema is the validator, the documentation (docs/config.md is checked against it) and the
 * only place with defaults. Unknown keys are errors.
 */
export const configSchema = z
  .strictObject({
    registry: registrySection.prefault({}),
    decode: decodeSection.prefault({}),
    archive: archiveSection.prefault({}),
    window: windowSection.prefault({}),
    join: joinSection.prefault({}),
    model: modelSection.prefault({}),
    score: scoreSection.prefault({}),
    pipeline: pipelineSection.prefault({}),
    kafka: kafkaSection.prefault({}),
    sources: sourcesSection,
    service: serviceSection.prefault({}),
    outputs: outputsSection.prefault({}),
    candidates: candidatesSection.prefault({}),
    webhook: webhookSection.prefault({}),
    store: storeSection.prefault({}),
    metrics: metricsSection.prefault({}),
    log: logSection.prefault({}),
  })
  .superRefine((config, context) => {
    for (const { path, message } of crossFaults(config))
      context.addIssue({ code: 'custom', path: [...path], message });
  });

export type Config = z.infer<typeof configSchema>;

/** A partial configuration, as a file, the environment or the command line gives it. */
export type ConfigInput = z.input<typeof configSchema>;
