import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { UsageError } from './options.ts';

/** Outputs of both stacks that a smoke run uses; the names are those of infra/. */
const Outputs = z.object({
  ApiUrl: z.url({ protocol: /^https?$/ }),
  MachineApiUrl: z.url().optional(),
  ConsoleUrl: z.url().optional(),
  AlarmTopic: z.string().optional(),
});
export type Outputs = Readonly<z.infer<typeof Outputs>>;

/** @param given outputs by name @throws {UsageError} the address of the API is not among them */
export function checkOutputs(given: unknown): Outputs {
  const { data, error } = Outputs.safeParse(given);
  if (data) return data;
  const names = error.issues.map(({ path }) => path.join('.') || 'the document').join(', ');
  throw new UsageError(`The outputs of the stacks are not right: ${names}. Deploy both stacks of this version`);
}

/** Reads a file of `cdk deploy --outputs-file`, or one with the outputs alone. @throws {UsageError} */
export async function readOutputs(file: string, stage: string): Promise<Outputs> {
  let document: Record<string, unknown> | null;
  try {
    document = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`--outputs cannot be read (${code ?? 'it is no JSON'})`);
  }
  const [data, service] = [document?.[`${stage}-data`], document?.[`${stage}-service`]];
  return checkOutputs({ ...document, ...(data as object), ...(service as object) });
}
