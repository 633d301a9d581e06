/**
 * A signal that aborts at the first SIGINT or SIGTERM, so that a run can finish what is under way; a second one ends the
 * process at once.
 */
export function createRunSignal(): { readonly signal: AbortSignal; readonly dispose: () => void } {
  const controller = new AbortController();
  const abort = (): void => {
    if (controller.signal.aborted) process.exit(130);
    process.stderr.write('nightjar: stopping; what is under way is finished first (again to stop at once)\n');
    controller.abort();
  };
  process.on('SIGINT', abort);
  process.on('SIGTERM', abort);
  return {
    signal: controller.signal,
    dispose: () => {
      process.off('SIGINT', abort);
      process.off('SIGTERM', abort);
    },
  };
}
