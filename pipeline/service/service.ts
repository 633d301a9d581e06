import path from 'node:path';
import type { Clock, Config, Logger, Metrics } from '../../core/index.ts';
import { counted, maskedConfig } from '../../core/index.ts';
import { TopicAdmin, connectKafka, hasStoreToWrite, runConsumerGroup } from '../../streams/index.ts';
import type { ConsumerGroupState } from '../../streams/index.ts';
import type { openScoringModel } from '../scoring-model.ts';
import { Closers } from './closers.ts';
import { createServiceHttp } from './http-server.ts';
import { openParts } from './open-parts.ts';
import { SoleMember } from './sole-member.ts';
import { subscriptionsOf } from './subscriptions.ts';
import { prepareTopics } from './topics.ts';
import { openWebhook } from './webhook-group.ts';

export interface ServiceOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Stops the service: what is under way is finished within `service.drainMs` and committed. */
  readonly signal: AbortSignal;
  /** Told the few things that a person at the terminal wants to know. */
  readonly notice: (text: string) => void;
  /** Opens what scores are made with; by default the release that the configuration names. */
  readonly openModel?: typeof openScoringModel;
}

/**
 * The service: consumes the topics of `sources`, keeps light curves, and publishes scores, until it is stopped. Every
 * packet's records, its partition's ledger and its offset are committed in one transaction.
 *
 * @throws PipelineError naming what is missing, unreachable, forbidden or misconfigured
 */
export async function runService(options: ServiceOptions): Promise<void> {
  options.logger.info({ config: maskedConfig(options.config) }, 'Effective configuration');
  const closers = new Closers();
  try {
    await new Service(options, closers).run();
  } finally {
    await closers.close();
  }
}

class Service {
  readonly #options: ServiceOptions;
  readonly #closers: Closers;
  /** The caller's signal, or a reason of the service's own to end. */
  readonly #stop = new AbortController();
  #group: ConsumerGroupState = { isMember: false, partitions: [] };
  #failure: { readonly error: unknown } | null = null;

  constructor(options: ServiceOptions, closers: Closers) {
    this.#options = options;
    this.#closers = closers;
  }

  async run(): Promise<void> {
    const { config, clock, logger, metrics } = this.#options;
    await this.#serve();
    const connection = connectKafka({ kafka: config.kafka, logger, metrics, clock });
    await connection.verify();
    const admin = this.#closers.add(await TopicAdmin.open(connection));
    await prepareTopics(admin, config);
    const sole = new SoleMember({ ...this.#options, admin });
    await sole.requireNoOther();
    await this.#noticeNewStore(admin);
    const parts = await openParts(this.#options, this.#closers);
    const signal = AbortSignal.any([this.#options.signal, this.#stop.signal]);
    // Before anything is scored, so that the webhook gets the first candidates too.
    const deliver = await openWebhook(this.#options, signal);
    const tasks = [
      runConsumerGroup({
        connection,
        subscriptions: subscriptionsOf(parts),
        drainMs: config.service.drainMs,
        signal,
        onState: (state) => {
          this.#changed(state);
        },
      }),
      sole.watch(signal),
      deliver(),
    ];
    const failing = tasks.map((task) =>
      task.catch((error: unknown) => {
        this.#failure ??= { error };
        this.#stop.abort();
      }),
    );
    await Promise.all(failing);
    if (this.#failure !== null) throw this.#failure.error;
  }

  /** A group that goes on without its light curves is probably not meant: its objects would begin anew. */
  async #noticeNewStore(admin: TopicAdmin): Promise<void> {
    const { config, notice } = this.#options;
    const { kind, folder } = config.store;
    if (kind !== 'lmdb' || hasStoreToWrite(folder)) return;
    const committed = await admin.committed(config.kafka.groupId);
    if (committed.length === 0) return;
    notice(
      `the store "${path.resolve(folder)}" is new, but group "${config.kafka.groupId}" has read before: ` +
        'light curves begin anew; is store.folder right?',
    );
  }

  /** The pages for those that watch the service, from the beginning on. */
  async #serve(): Promise<void> {
    const { config, metrics, notice } = this.#options;
    const { host, port } = config.metrics;
    if (port === null) return;
    const http = await createServiceHttp({
      metrics,
      health: () => ({ reasons: this.#failure === null ? [] : [messageOf(this.#failure.error)] }),
      ready: () => ({ reasons: this.#reasonsNotReady() }),
      address: { host, port },
    });
    this.#closers.add(http);
    notice(`metrics, /health and /ready at ${http.url}`);
  }

  #reasonsNotReady(): readonly string[] {
    if (this.#options.signal.aborted) return ['the service is stopping'];
    return this.#group.isMember ? [] : ['the consumer group is not joined'];
  }

  #changed(state: ConsumerGroupState): void {
    const { config, notice } = this.#options;
    if (state.isMember && !this.#group.isMember) {
      notice(
        `a member of group "${config.kafka.groupId}" with ${counted(state.partitions.length, 'partition')}`,
      );
    }
    this.#group = state;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
