import { freshservice } from './freshservice/vendor.ts';
import { jira } from './jira/vendor.ts';
import { servicenow } from './servicenow/vendor.ts';
import type { TicketVendor } from './vendor.ts';
import { zendesk } from './zendesk/vendor.ts';

/** Every ticketing system that a connection may be to, by its `kind` in the settings. */
export const VENDORS = { jira, zendesk, freshservice, servicenow } as const satisfies Record<string, TicketVendor>;
export type VendorKind = keyof typeof VENDORS;
