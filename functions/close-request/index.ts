import { closingPorts } from '../wiring/closing.ts';
import { createHandler } from './handler.ts';

export const handler = createHandler(closingPorts());
