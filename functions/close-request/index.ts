import { closingPorts } from '../shared/closing.ts';
import { createHandler } from './handler.ts';

export const handler = createHandler(closingPorts());
