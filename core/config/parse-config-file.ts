import { z } from 'zod';
import { faultTexts } from './config-faults.ts';
import { readConfigFile } from './config-file.ts';
import { ConfigOrigins } from './config-origin.ts';
import type { KeySchema } from './key-tree.ts';
import { invalid } from './load-config.ts';

/**
 * A YAML file by a schema of its own, such as that of a training; environment and options have no part in it.
 *
 * @param schema strict, so that unknown keys are errors
 * @throws PipelineError CONFIG_INVALID with every fault in one line, each with its key and line
 */
export function parseConfigFile<S extends z.ZodType>(file: string, schema: S): z.infer<S> {
  const { content, lines } = readConfigFile(file);
  const origins = new ConfigOrigins();
  for (const { path, line } of lines) origins.set(path, { kind: 'file', line });
  const result = schema.safeParse(content, { reportInput: true });
  if (result.success) return result.data;
  const tree = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as KeySchema;
  throw invalid(
    file,
    result.error.issues.flatMap((issue) => faultTexts(issue, { given: content, origins, tree })),
  );
}
