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

/**
 * A member that is gone is in its group until its session ends, after its last sign of life; there is a margin on top, as the
 * group's coordinator may change meanwhile.
 */
const SESSIONS_WAITED = 1.5;

/** Sees to it that the group has one member where the store serves one instance only. */
export class SoleMember {
  readonly #parts: SoleMemberParts;

  constructor(parts: SoleMemberParts) {
    this.#parts = parts;
  }

  /**
   * Refuses to join a group that has a member, unless it goes away within a little more than its session: it may have been
   * killed.
   *
   * @throws PipelineError STORE_NOT_SHARED
   */
  async requireNoOther(): Promise<void> {
    const { config, clock, signal, notice } = this.#parts;
    if (this.#isShared()) return;
    const untilMs = clock.monotonicMs() + this.#waitedMs();
    for (let isFirst = true; !signal.aborted; isFirst = false) {
      const members = (await this.#memberIds()).length;
      if (members === 0) return;
      if (clock.monotonicMs() >= untilMs) throw this.#notShared(members);
      if (isFirst) notice(`group "${config.kafka.groupId}" has a member; waiting in case it is gone already`);
      await clock.sleep(LOOK_MS, signal).catch(() => undefined);
    }
  }

  /**
   * Looks at the group from time to time until the signal aborts: two instances that started together may both have found
   * it empty. Members that are gone do not count, and this instance leaves some: after an outage of the brokers it joins anew
   * while what it was before is still in the group. So members are others once several have stayed for longer than a session
   * lasts without a sign of life.
   *
   * @throws PipelineError STORE_NOT_SHARED
   */
  async watch(signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    if (this.#isShared()) return;
    let seen: ReadonlyMap<string, number> = new Map();
    while (!signal.aborted) {
      await clock.sleep(WATCH_MS, signal).catch(() => undefined);
      // Where no broker answers, sessions may last longer: nobody has been seen.
      const ids = await this.#memberIds().catch(() => []);
      const nowMs = clock.monotonicMs();
      seen = new Map(ids.map((id) => [id, seen.get(id) ?? nowMs]));
      const staying = [...seen.values()].filter((sinceMs) => nowMs - sinceMs >= this.#waitedMs()).length;
      if (staying > 1 && !isAborted(signal)) throw this.#notShared(staying - 1);
    }
  }

  #isShared(): boolean {
    return this.#parts.config.store.kind === 'postgres';
  }

  #waitedMs(): number {
    return SESSIONS_WAITED * this.#parts.config.kafka.sessionTimeoutMs;
  }

  async #memberIds(): Promise<readonly string[]> {
    const { admin, config } = this.#parts;
    return (await admin.members(config.kafka.groupId)).map(({ memberId }) => memberId);
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
