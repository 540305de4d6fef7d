import * as z from 'zod';
import type { TicketApproval, TicketReader } from '../ticket.ts';
import { type GetJson, instantOf, nobodyApproved, notThere } from '../ticket-api.ts';

const Person = z.object({ accountId: z.string() });
const Issue = z.object({
  key: z.string(),
  fields: z.looseObject({
    project: z.object({ key: z.string() }),
    status: z.object({ name: z.string() }),
    reporter: Person.nullish(),
    creator: Person.nullish(),
    created: z.string().optional(),
  }),
});
const Changes = z.object({
  isLast: z.boolean().optional(),
  total: z.int(),
  values: z.array(
    z.object({
      id: z.string(),
      author: Person.nullish(),
      items: z.array(z.object({ field: z.string(), toString: z.unknown().optional() })),
    }),
  ),
});
const Groups = z.array(z.object({ name: z.string() }));
const PAGE = 100;

/**
 * Issues of Jira Cloud. An issue is approved when it has the configured status; the person who set it last is the approver.
 * Source: Jira Cloud platform REST API v3, issue, changelog (oldest first), groups of a user.
 */
export function jiraReader(getJson: GetJson, approvedStatus: string): TicketReader {
  const approvalOf = async (key: string, signal: AbortSignal): Promise<TicketApproval> => {
    let newest: { readonly id: string; readonly approverId: string } | undefined;
    for (let startAt = 0, isLast = false; !isLast; ) {
      const path = `/rest/api/3/issue/${encodeURIComponent(key)}/changelog?startAt=${startAt}&maxResults=${PAGE}`;
      const page = await getJson(path, Changes, signal);
      for (const { id, author, items } of page?.values ?? []) {
        const isApproval = items.some((item) => item.field === 'status' && item.toString === approvedStatus);
        if (isApproval && author) newest = { id, approverId: author.accountId };
      }
      startAt += page?.values.length ?? 0;
      isLast = !page || page.values.length === 0 || startAt >= page.total;
    }
    if (!newest) throw nobodyApproved();
    const path = `/rest/api/3/user/groups?accountId=${encodeURIComponent(newest.approverId)}`;
    const groups = (await getJson(path, Groups, signal)) ?? [];
    return { ...newest, approverGroups: groups.map(({ name }) => name) };
  };
  return {
    async read(key, signal) {
      const issue = await getJson(`/rest/api/3/issue/${encodeURIComponent(key)}?fields=*all`, Issue, signal);
      if (!issue || issue.key !== key) throw notThere(); // a moved issue answers under its new key
      const { project, status, reporter, creator, created } = issue.fields;
      const approval = status.name === approvedStatus ? await approvalOf(key, signal) : undefined;
      const requesterIds = [reporter, creator].flatMap((person) => (person ? [person.accountId] : []));
      return {
        key,
        queue: project.key,
        requesterIds,
        fields: issue.fields,
        ...instantOf(created),
        ...(approval && { approval }),
      };
    },
  };
}
