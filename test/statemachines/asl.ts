import { readFileSync } from 'node:fs';

/** A retrier as far as the tests look at it. */
export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds: number;
  readonly MaxAttempts: number;
  readonly BackoffRate: number;
  readonly MaxDelaySeconds: number;
  readonly JitterStrategy: string;
}

/** A state of an ASL file as far as the tests look at it. */
export interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly Parameters?: Readonly<Record<string, unknown>>;
  readonly ItemSelector?: Readonly<Record<string, unknown>>;
  readonly TimeoutSeconds?: number;
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly { readonly ErrorEquals: readonly string[]; readonly Next: string }[];
  readonly ResultPath?: string | null;
  readonly Branches?: readonly Machine[];
  readonly ItemProcessor?: Machine;
  readonly MaxConcurrency?: number;
  readonly Next?: string;
  readonly Default?: string;
  readonly Choices?: readonly { readonly Next: string }[];
}

/** A state machine, or a branch of one. */
export interface Machine {
  readonly StartAt: string;
  readonly TimeoutSeconds?: number;
  readonly States: Readonly<Record<string, State>>;
}

/** The ASL files, by name. */
export const ASL_FILES = ['retrieve.asl.json', 'anonymize.asl.json', 'rehearse.asl.json'] as const;

/** Text of an ASL file as it stands in `statemachines/`. */
export const readAsl = (file: string): string =>
  readFileSync(new URL(`../../statemachines/${file}`, import.meta.url), 'utf8');

/** Text of an ASL file with an ARN for every placeholder, as after a deploy. */
export const readFilledAsl = (file: string): string =>
  readAsl(file).replaceAll(/\$\{(\w+)\}/g, 'arn:aws:lambda:eu-central-1:111122223333:function:$1');

/** Every state of a machine with its name, branches and iterations included. */
export function allStates(machine: Machine): [string, State][] {
  return Object.entries(machine.States).flatMap(([name, state]): [string, State][] => [
    [name, state],
    ...(state.Branches ?? []).flatMap(allStates),
    ...(state.ItemProcessor ? allStates(state.ItemProcessor) : []),
  ]);
}

/** Placeholder of a Task: `OpenRequestArn` of `${OpenRequestArn}`. */
export const placeholderOf = (state: State): string | undefined => /^\$\{(\w+)\}$/.exec(state.Resource ?? '')?.[1];
