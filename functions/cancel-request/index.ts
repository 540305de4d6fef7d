import { callers, executions, log, requests, vault } from '../wiring/dependencies.ts';
import { createHandler } from './handler.ts';

const stores = { requests: requests(), vault: vault(), executions: executions() };

export const handler = createHandler({ callers: callers(), ...stores, log });
