/** What holds something until it is closed. */
export interface Closable {
  close(): Promise<void>;
}

/**
 * Runs an action and closes what it opened, the last one first and every one, whatever fails.
 *
 * @param action is given a function that it tells what it opened
 * @throws what failed first: the action, or else a closing
 */
export async function closingAll<T>(
  action: (opened: <P extends Closable>(part: P) => P) => Promise<T>,
): Promise<T> {
  const parts: Closable[] = [];
  let value: T;
  try {
    value = await action((part) => {
      parts.push(part);
      return part;
    });
  } catch (error) {
    await closeAll(parts).catch(() => undefined);
    throw error;
  }
  await closeAll(parts);
  return value;
}

async function closeAll(parts: readonly Closable[]): Promise<void> {
  const last = parts.at(-1);
  if (last === undefined) return;
  const others = parts.slice(0, -1);
  try {
    await last.close();
  } catch (error) {
    await closeAll(others).catch(() => undefined);
    throw error;
  }
  await closeAll(others);
}
