/** Before or after a call of a method, counted over all objects that have it. */
export interface CallPoint {
  readonly when: 'before' | 'after';
  /** Number of the call, from 1. */
  readonly call: number;
}

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Does something at a call that is to come of a method of `prototype`. */
export function breakCall(
  prototype: object,
  { method, when, call }: CallPoint & { readonly method: string },
  action: () => void,
): { readonly restore: () => void } {
  const original = Reflect.get(prototype, method) as Method;
  let calls = 0;
  function replaced(this: unknown, ...args: unknown[]): unknown {
    calls++;
    if (calls !== call) return original.apply(this, args);
    if (when === 'before') action();
    const result = original.apply(this, args);
    if (when === 'before') return result;
    if (result instanceof Promise) {
      return result.then((value: unknown) => {
        action();
        return value;
      });
    }
    action();
    return result;
  }
  Reflect.set(prototype, method, replaced);
  return {
    restore: () => {
      Reflect.set(prototype, method, original);
    },
  };
}
