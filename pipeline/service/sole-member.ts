import type { Clock, Config } from '../../core/index.ts';
import { PipelineError, counted } from '../../core/index.ts';
import type { TopicAdmin } from '../../streams/index.ts';

/** Between two looks at the group, ms. */
const LOOK_MS = 500;
const WATCH_MS = 5000;

interface SoleMemberParts {
  readonly admin: Pick<TopicAdmin, 'members'>;
  readonly config: Pick<Config, 'kafka' | 'store'>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly notice: (text: string) => void;
}

/** Sees to it that the group has one member where the store serves one instance only. */
export class SoleMember {
  readonly #parts: SoleMemberParts;

  constructor(parts: SoleMemberParts) {
    this.#parts = parts;
  }

  /**
   * Refuses to join a group that has a member. One that was killed is in the group until its session ends, so it is waited
   * for a little longer than that.
   *
   * @throws PipelineError STORE_NOT_SHARED
   */
  async requireNoOther(): Promise<void> {
    const { config, clock, signal, notice } = this.#parts;
    if (this.#isShared()) return;
    const untilMs = clock.monotonicMs() + 1.5 * config.kafka.sessionTimeoutMs;
    for (let isFirst = true; !signal.aborted; isFirst = false) {
      const members = await this.#members();
      if (members === 0) return;
      if (clock.monotonicMs() >= untilMs) throw this.#notShared(members);
      if (isFirst) notice(`group "${config.kafka.groupId}" has a member; waiting in case it is gone already`);
      await clock.sleep(LOOK_MS, signal).catch(() => undefined);
    }
  }

  /**
   * Looks at the group from time to time until the signal aborts: two instances that started together may both have found
   * it empty.
   *
   * @throws PipelineError STORE_NOT_SHARED
   */
  async watch(signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    if (this.#isShared()) return;
    while (!signal.aborted) {
      await clock.sleep(WATCH_MS, signal).catch(() => undefined);
      // Where no broker answers, the question is put again.
      const members = await this.#members().catch(() => 0);
      if (members > 1 && !isAborted(signal)) throw this.#notShared(members - 1);
    }
  }

  #isShared(): boolean {
    return this.#parts.config.store.kind === 'postgres';
  }

  async #members(): Promise<number> {
    const { admin, config } = this.#parts;
    return (await admin.members(config.kafka.groupId)).length;
  }

  #notShared(others: number): PipelineError {
    const { kafka, store } = this.#parts.config;
    return new PipelineError(
      'STORE_NOT_SHARED',
      `Cannot run with others in group "${kafka.groupId}" as the store "${store.folder}" (store.kind: lmdb) serves one instance: ` +
        `current value is ${counted(others, 'other')}; take store.kind: postgres`,
    );
  }
}

/** Asked anew, as it may have changed during a wait. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
