import type { TicketVendor } from './contract.ts';
import { freshservice } from './vendors/freshservice.ts';
import { jira } from './vendors/jira.ts';
import { servicenow } from './vendors/servicenow.ts';
import { zendesk } from './vendors/zendesk.ts';

/** Every ticketing system that a connection may be to, by its `kind` in the settings. */
export const VENDORS = { jira, zendesk, freshservice, servicenow } as const satisfies Record<string, TicketVendor>;
export type VendorKind = keyof typeof VENDORS;
