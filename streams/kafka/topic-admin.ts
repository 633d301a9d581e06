import type { Admin } from 'kafkajs';
import { PipelineError } from '../../core/index.ts';
import type { KafkaConnection } from './connection.ts';

export interface NewTopic {
  readonly topic: string;
  readonly partitions: number;
  /** `null` for the brokers' default. */
  readonly replicas: number | null;
}

/** Topics and groups, from the outside. */
export class TopicAdmin {
  readonly #connection: KafkaConnection;
  readonly #admin: Admin;

  private constructor(connection: KafkaConnection, admin: Admin) {
    this.#connection = connection;
    this.#admin = admin;
  }

  /** @throws PipelineError BROKER_UNREACHABLE, BROKER_REFUSED_LOGIN, BROKER_UNTRUSTED */
  static async connect(connection: KafkaConnection): Promise<TopicAdmin> {
    const admin = connection.client.admin();
    const { brokers } = connection.config;
    await admin.connect().catch((error: unknown) => {
      throw connection.failure(error, `connect to ${brokers.join(', ')}`);
    });
    return new TopicAdmin(connection, admin);
  }

  /** @throws PipelineError TOPIC_NOT_FOUND naming all that are missing, TOPIC_FORBIDDEN */
  async requireTopics(topics: readonly string[]): Promise<void> {
    const missing: string[] = [];
    for (const topic of topics) {
      await this.#ask(`use topic "${topic}"`, (admin) => admin.fetchTopicMetadata({ topics: [topic] })).catch(
        (error: unknown) => {
          if (!(error instanceof PipelineError) || error.code !== 'TOPIC_NOT_FOUND') throw error;
          missing.push(`"${topic}"`);
        },
      );
    }
    if (missing.length === 0) return;
    throw new PipelineError(
      'TOPIC_NOT_FOUND',
      `Cannot use topic ${missing.join(', ')} as there is no such topic at ${this.#connection.config.brokers.join(', ')}`,
    );
  }

  /** Creates those of the topics that are not there; others may be doing the same. */
  async createTopics(topics: readonly NewTopic[]): Promise<void> {
    await this.#ask(`create topics ${topics.map(({ topic }) => `"${topic}"`).join(', ')}`, (admin) =>
      admin.createTopics({
        topics: topics.map(({ topic, partitions, replicas }) => ({
          topic,
          numPartitions: partitions,
          replicationFactor: replicas ?? -1,
        })),
      }),
    );
  }

  /** Members of a group, by their ids; none of a group that is not there. */
  async members(groupId: string): Promise<readonly string[]> {
    const { groups } = await this.#ask(`look at group "${groupId}"`, (admin) =>
      admin.describeGroups([groupId]),
    );
    return groups.flatMap(({ members }) => members.map(({ memberId }) => memberId));
  }

  async close(): Promise<void> {
    await this.#admin.disconnect();
  }

  async #ask<T>(action: string, question: (admin: Admin) => Promise<T>): Promise<T> {
    try {
      return await question(this.#admin);
    } catch (error) {
      throw this.#connection.failure(error, action);
    }
  }
}
