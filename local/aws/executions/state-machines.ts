import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ExecutionAbortedError,
  ExecutionTimeoutError,
  StateMachine,
  type StateMachineDefinition,
} from 'aws-local-stepfunctions';
import * as z from 'zod';
import { functionArn } from '../names.ts';

/** One state machine ready to run. */
export interface Machine {
  readonly name: string;
  readonly machine: StateMachine;
  /** State name -> name of the function behind it: the interpreter finds handlers by state name. */
  readonly functionByState: ReadonlyMap<string, string>;
}

/** ASL placeholder -> function, as in functions/registry.ts. */
export type Tasks = Readonly<Record<string, { readonly name: string }>>;

const State = z.looseObject({
  Type: z.string(),
  Resource: z.string().optional(),
  get ItemProcessor() {
    return States.optional();
  },
  get Iterator() {
    return States.optional();
  },
  get Branches() {
    return z.array(States).optional();
  },
});
const States = z.looseObject({ States: z.record(z.string(), State) });
type States = z.infer<typeof States>;

const SUFFIX = '.asl.json';

/** Loads every `<name>.asl.json` of a folder. */
export async function loadMachines(folder: string, tasks: Tasks): Promise<Machine[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith(SUFFIX));
  const texts = files.map(async (file) => [file.slice(0, -SUFFIX.length), await readFile(join(folder, file), 'utf8')]);
  return (await Promise.all(texts)).map(([name, text]) => parseMachine(name!, text!, tasks));
}

/**
 * Fills the placeholders of an ASL text and finds the function of each Task.
 * @throws a placeholder or a Resource has no function, or one state name stands for two functions
 */
export function parseMachine(name: string, text: string, tasks: Tasks): Machine {
  const filled = text.replaceAll(/\$\{(\w+)\}/g, (_, placeholder: string) => {
    const task = tasks[placeholder];
    if (!task) throw new Error(`${name}: no function for \${${placeholder}}`);
    return functionArn(task.name);
  });
  const definition: unknown = JSON.parse(filled);
  const functionByArn = new Map(Object.values(tasks).map((task) => [functionArn(task.name), task.name]));
  const functionByState = new Map<string, string>();
  for (const [state, resource] of taskStates(States.parse(definition))) {
    const functionName = functionByArn.get(resource);
    if (!functionName) throw new Error(`${name}: Task "${state}" names no function of this system`);
    if (functionByState.has(state)) throw new Error(`${name}: two Tasks are called "${state}"`);
    functionByState.set(state, functionName);
  }
  // Tests hold the definitions to the validator's schema; to compile that schema takes longer than all else of a start.
  const machine = new StateMachine(definition as StateMachineDefinition, { validationOptions: { noValidate: true } });
  return { name, machine, functionByState };
}

/** Every Task of a machine with its Resource, those inside Map and Parallel too. */
function* taskStates({ States: states }: States): Generator<[string, string]> {
  for (const [name, state] of Object.entries(states)) {
    if (state.Type === 'Task') yield [name, state.Resource ?? ''];
    for (const inner of [state.ItemProcessor, state.Iterator, ...(state.Branches ?? [])]) {
      if (inner) yield* taskStates(inner);
    }
  }
}

/** How the interpreter ended an execution that it did not let fail. */
export function endingOf(error: Error): 'ABORTED' | 'TIMED_OUT' | undefined {
  if (error instanceof ExecutionAbortedError) return 'ABORTED';
  return error instanceof ExecutionTimeoutError ? 'TIMED_OUT' : undefined;
}
