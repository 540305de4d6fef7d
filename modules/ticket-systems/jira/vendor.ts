import * as z from 'zod';
import { ticketVendor } from '../vendor.ts';
import { jiraIssueComments, jiraServiceDeskComments } from './comment.ts';
import { jiraReader } from './read-ticket.ts';
import { jiraSignature } from './signature.ts';

/** Jira Cloud, with or without Jira Service Management. */
export const jira = ticketVendor({
  /** `serviceDesk`: false for a project that is no service desk, where all who see an issue see its comments. */
  connection: { serviceDesk: z.boolean().default(true) },
  intake: { approvedStatus: z.string().min(1) },
  ticketKey: /^[A-Z][A-Z0-9_]{1,30}-\d{1,12}$/,
  signature: jiraSignature,
  reader: (getJson, _connection, { approvedStatus }) => jiraReader(getJson, approvedStatus),
  comments: ({ serviceDesk }) => (serviceDesk ? jiraServiceDeskComments : jiraIssueComments),
});
