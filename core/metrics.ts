import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/**
 * Every metric, once; docs/metrics.md explains each and a test holds the two together. Labels are bounded sets: `group` is the
 * service's or its webhook's.
 */
export const METRICS = {
  nightjar_pipeline_packets_total: {
    type: 'counter',
    help: 'Packets by where they ended',
    labels: ['outcome'],
  },
  nightjar_pipeline_consumed_packets_total: {
    type: 'counter',
    help: 'Packets read from sources',
    labels: [],
  },
  nightjar_pipeline_scores_total: {
    type: 'counter',
    help: 'Score records written',
    labels: ['cause', 'mask'],
  },
  nightjar_pipeline_dead_letters_total: {
    type: 'counter',
    help: 'Dead letters by error code',
    labels: ['code'],
  },
  nightjar_pipeline_batch_duration_seconds: {
    type: 'histogram',
    help: 'Time of one micro-batch in a stage',
    labels: ['stage'],
  },
  nightjar_pipeline_batches_in_flight: {
    type: 'gauge',
    help: 'Micro-batches between source and sink',
    labels: [],
  },
  nightjar_archive_reorder_packets: {
    type: 'gauge',
    help: 'Packets held to bring them into event order',
    labels: [],
  },
  nightjar_archive_open_inputs: { type: 'gauge', help: 'Archives open at a time', labels: [] },
  nightjar_archive_disordered_packets_total: {
    type: 'counter',
    help: 'Packets given after a later one, since the limits of reordering were reached',
    labels: [],
  },
  nightjar_registry_requests_total: {
    type: 'counter',
    help: 'Requests to the schema registry by result',
    labels: ['result'],
  },
  nightjar_window_merged_points_total: { type: 'counter', help: 'Points added to light curves', labels: [] },
  nightjar_window_dropped_points_total: {
    type: 'counter',
    help: 'Points dropped from light curves at the retention or the limit of points per object',
    labels: [],
  },
  nightjar_window_store_bytes: {
    type: 'gauge',
    help: 'Size of the embedded store on the disk',
    labels: [],
  },
  nightjar_window_store_transactions_total: {
    type: 'counter',
    help: 'Changes of the shared store by result; repeated where others were in the way',
    labels: ['result'],
  },
  nightjar_window_store_rounds_total: {
    type: 'counter',
    help: 'Rounds of fetching from the shared store',
    labels: [],
  },
  nightjar_window_store_waiting_transactions: {
    type: 'gauge',
    help: 'Changes that wait for a connection to the shared store',
    labels: [],
  },
  nightjar_join_metadata_matches_total: {
    type: 'counter',
    help: 'Catalogue look-ups by result',
    labels: ['result'],
  },
  nightjar_join_records_total: {
    type: 'counter',
    help: 'Spectra and metadata records taken in by result',
    labels: ['kind', 'result'],
  },
  nightjar_join_waiting: {
    type: 'gauge',
    help: 'Spectra or metadata records that waited for an object when one last arrived',
    labels: ['kind'],
  },
  nightjar_join_expired_total: {
    type: 'counter',
    help: 'Spectra or metadata records that waited too long for an object, or were too many',
    labels: ['kind'],
  },
  nightjar_model_embedded_objects_total: { type: 'counter', help: 'Objects embedded', labels: ['mask'] },
  nightjar_model_queue_batches: {
    type: 'gauge',
    help: 'Batches waiting for an inference worker',
    labels: [],
  },
  nightjar_training_steps_total: { type: 'counter', help: 'Training steps done', labels: [] },
  nightjar_training_samples_total: {
    type: 'counter',
    help: 'Objects in the training steps done',
    labels: [],
  },
  nightjar_training_epoch: { type: 'gauge', help: 'Epoch under way, from 1', labels: [] },
  nightjar_training_loss: { type: 'gauge', help: 'Loss of the last training step', labels: [] },
  nightjar_training_validation_loss: {
    type: 'gauge',
    help: 'Loss of the validation data after the last epoch',
    labels: [],
  },
  nightjar_training_gradient_norm: {
    type: 'gauge',
    help: 'Norm of all gradients of the last training step, before clipping',
    labels: [],
  },
  nightjar_training_learning_rate: {
    type: 'gauge',
    help: 'Learning rate of the last training step',
    labels: [],
  },
  nightjar_webhook_requests_total: {
    type: 'counter',
    help: 'Candidates posted, by what came of each attempt: delivered, retried or gaveUp',
    labels: ['result'],
  },
  nightjar_kafka_assigned_partitions: {
    type: 'gauge',
    help: 'Partitions that the group has given to this instance',
    labels: ['group', 'topic'],
  },
  nightjar_kafka_lag_messages: {
    type: 'gauge',
    help: 'Messages in the partitions of this instance that the group has not committed',
    labels: ['group', 'topic'],
  },
  nightjar_kafka_queue_messages: {
    type: 'gauge',
    help: 'Messages between the fetches and the work',
    labels: ['group'],
  },
  nightjar_kafka_queue_bytes: { type: 'gauge', help: 'Bytes kept in memory by them', labels: ['group'] },
  nightjar_kafka_paused_partitions: {
    type: 'gauge',
    help: 'Partitions not fetched, since their queue or the memory of all is full',
    labels: ['group'],
  },
  nightjar_kafka_rebalances_total: {
    type: 'counter',
    help: 'Times that the group has given this instance its partitions',
    labels: [],
  },
  nightjar_kafka_consumer_restarts_total: {
    type: 'counter',
    help: 'Consumers made anew by cause: failure, stall or topics',
    labels: ['cause'],
  },
  nightjar_kafka_session_restarts_total: {
    type: 'counter',
    help: 'Partitions begun anew after a failure by error code',
    labels: ['code'],
  },
  nightjar_kafka_skipped_messages_total: {
    type: 'counter',
    help: 'Messages that retention deleted before they were read',
    labels: ['topic'],
  },
  nightjar_kafka_transaction_duration_seconds: {
    type: 'histogram',
    help: 'Time of one transaction, from its beginning to its commit',
    labels: [],
  },
  nightjar_kafka_connection_errors_total: {
    type: 'counter',
    help: 'Connections to brokers that could not be made or broke',
    labels: [],
  },
  nightjar_process_resident_memory_bytes: {
    type: 'gauge',
    help: 'Resident memory of this process',
    labels: [],
  },
} as const satisfies Readonly<
  Record<string, { type: 'counter' | 'gauge' | 'histogram'; help: string; labels: readonly string[] }>
>;

export type MetricName = keyof typeof METRICS;
type NameOfType<T> = { [N in MetricName]: (typeof METRICS)[N]['type'] extends T ? N : never }[MetricName];
type LabelName<N extends MetricName> = (typeof METRICS)[N]['labels'][number];
type Labels<N extends MetricName> = [LabelName<N>] extends [never]
  ? null
  : { readonly [L in LabelName<N>]: string };

const DURATION_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** The run's metrics, each registered from the table above; one instance per run, so that tests do not share counts. */
export class Metrics {
  readonly registry = new Registry();
  readonly #counters = new Map<string, Counter>();
  readonly #gauges = new Map<string, Gauge>();
  readonly #histograms = new Map<string, Histogram>();

  constructor() {
    for (const [name, { type, help, labels }] of Object.entries(METRICS)) {
      const options = { name, help, labelNames: [...labels], registers: [this.registry] };
      if (type === 'counter') this.#counters.set(name, new Counter(options));
      else if (type === 'gauge') this.#gauges.set(name, new Gauge(options));
      else this.#histograms.set(name, new Histogram({ ...options, buckets: DURATION_BUCKETS_SECONDS }));
    }
  }

  /** Adds to a counter. */
  count<N extends NameOfType<'counter'>>(name: N, labels: Labels<N>, amount = 1): void {
    this.#counters.get(name)?.inc(labels ?? {}, amount);
  }

  /** Sets a gauge. */
  gauge<N extends NameOfType<'gauge'>>(name: N, labels: Labels<N>, value: number): void {
    this.#gauges.get(name)?.set(labels ?? {}, value);
  }

  /** Takes a gauge's value away, of what is there no more. */
  drop<N extends NameOfType<'gauge'>>(name: N, labels: Labels<N>): void {
    this.#gauges.get(name)?.remove(labels ?? {});
  }

  /** Records a duration or size. */
  observe<N extends NameOfType<'histogram'>>(name: N, labels: Labels<N>, value: number): void {
    this.#histograms.get(name)?.observe(labels ?? {}, value);
  }

  /** The text that Prometheus scrapes. */
  exposition(): Promise<string> {
    return this.registry.metrics();
  }

  /** The same for the metrics whose names begin with a prefix. */
  async expositionOf(prefix: string): Promise<string> {
    const names = Object.keys(METRICS).filter((name) => name.startsWith(prefix));
    const texts = await Promise.all(names.map((name) => this.registry.getSingleMetricAsString(name)));
    return `${texts.join('\n')}\n`;
  }
}
