import path from 'node:path';

/** What is wrong with a device, in words: the first that is seen counts, the cause before what follows from it. */
const FAULTS: readonly { readonly seen: RegExp; readonly words: (match: string) => string }[] = [
  { seen: /Couldn't load Vulkan: ([^:\n]+):/, words: (library) => `${library} is not installed` },
  { seen: /vkCreateInstance: (Found no drivers)/, words: () => 'there is no Vulkan driver' },
  {
    seen: /with error: ([^:\n]+): cannot open shared/,
    words: (file) => `${path.basename(file)} is not there`,
  },
  { seen: /with error: ([^\n]+)/, words: (reason) => reason },
  { seen: /(No supported adapters)/, words: () => 'its drivers have no adapter' },
  { seen: /\[\w+\] (backend not found)/, words: () => 'ONNX Runtime has none for this system' },
  { seen: /(explicitly disabled by the user)/, words: () => 'it cannot multiply matrices' },
];

/**
 * One reason out of what the runtime and a driver say.
 *
 * @param message the runtime's error
 * @param log what was written to standard error meanwhile
 * @returns a clause without line break or full stop; the error's first line where nothing is known better
 * @source texts of onnxruntime-node 1.30.0 and of the Dawn that it contains
 */
export function probeFault(message: string, log: string): string {
  const said = `${log}\n${message}`;
  for (const { seen, words } of FAULTS) {
    const match = seen.exec(said)?.[1];
    if (match !== undefined) return words(match);
  }
  return message.trim().split('\n')[0] ?? '';
}
