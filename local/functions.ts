import { type FunctionSpec, ROUTES, SCHEDULES, TASKS } from '../functions/registry.ts';

/** Every function once: those behind Tasks and those behind routes. */
export const FUNCTIONS: readonly FunctionSpec[] = [
  ...new Map<string, FunctionSpec>(
    [...Object.values(TASKS), ...Object.values(ROUTES), ...Object.values(SCHEDULES)].map((spec) => [spec.name, spec]),
  ).values(),
];
