/** Tells the person at the terminal something in one line, on standard error. */
export function notice(text: string): void {
  process.stderr.write(`nightjar: ${text}\n`);
}
