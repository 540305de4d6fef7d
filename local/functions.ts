import { type FunctionSpec, ROUTES, TASKS } from '../functions/tasks.ts';

/** Every function once: those behind Tasks and those behind routes. */
export const FUNCTIONS: readonly FunctionSpec[] = [
  ...new Map<string, FunctionSpec>(
    [...Object.values(TASKS), ...Object.values(ROUTES)].map((spec) => [spec.folder, spec]),
  ).values(),
];
