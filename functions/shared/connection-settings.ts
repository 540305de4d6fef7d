import * as z from 'zod';
import { Trust } from './trust-settings.ts';

/** The API of a ticketing system. */
const TicketApi = z.strictObject({
  /** Its origin, such as `https://company.atlassian.net`. */
  url: z.url({ protocol: /^https?$/ }),
  trust: Trust.default({ mode: 'ca' }),
  /** Id of the secret `{username, password}` for HTTP Basic; its name starts with the stage and `/tickets`. */
  secretId: z.string().min(1),
});

/** One ticketing system. */
const Connection = z.discriminatedUnion('kind', [
  /** `serviceDesk`: false for a project that is no service desk, where all who see an issue see its comments. */
  z.strictObject({ kind: z.literal('jira'), api: TicketApi, serviceDesk: z.boolean().default(true) }),
  z.strictObject({ kind: z.literal('zendesk'), api: TicketApi }),
  z.strictObject({ kind: z.literal('freshservice'), api: TicketApi }),
  z.strictObject({
    kind: z.literal('servicenow'),
    api: TicketApi,
    /** Table of the tickets, such as `sc_req_item`. */
    table: z.string().regex(/^[a-z0-9_]{1,80}$/, 'the name of a table'),
  }),
]);
export type Connection = z.infer<typeof Connection>;

/** Ticketing systems by the id that stands in their webhooks' address. */
export const Connections = z.record(
  z.string().regex(/^[a-z0-9-]{1,40}$/, 'lower-case letters, digits and hyphens only'),
  Connection,
);

/** An account of a ticketing system's API. */
export const TicketApiSecret = z.object({ username: z.string().min(1), password: z.string().min(1) });
