import middy from '@middy/core';
import { type Delivered, type DeliverOutboxPorts, deliverOutbox } from '../../modules/notices/deliver-notices.ts';

/** By its schedule: comments on tickets, webhooks and events about what has happened since. */
export const createHandler = (ports: DeliverOutboxPorts) =>
  middy<object, Delivered>().handler((_event, _context, { signal }) => deliverOutbox(ports, signal));
