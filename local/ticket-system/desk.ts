import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { StandInTicket, TakenComment } from './vendor-api.ts';

/** The people of the ticket system, by account id, with their groups. */
export const DESK_PEOPLE = {
  rita: { name: 'Rita, employee', groups: [] },
  otto: { name: 'Otto, service desk', groups: ['service-desk'] },
  dora: { name: 'Dora, data protection', groups: ['data-protection'] },
} as const satisfies Record<string, { readonly name: string; readonly groups: readonly string[] }>;
export type DeskPerson = keyof typeof DESK_PEOPLE;

export const QUEUE = 'GDPR';
export const APPROVED = 'Approved';
/** Custom fields of a ticket, and what their lists offer. */
export const FIELDS = { name: 'customfield_10050', kind: 'customfield_10051', subject: 'customfield_10052' } as const;
export const KINDS = { 'Copy of the data': 'retrieve', Erasure: 'anonymize' } as const;
export const SUBJECTS = { User: 'user', Device: 'device' } as const;

/** What somebody fills in. */
interface NewTicket {
  readonly by: DeskPerson;
  readonly name: string;
  readonly kind: keyof typeof KINDS;
  readonly subject: keyof typeof SUBJECTS;
}

interface DeskComment extends TakenComment {
  /** Absent where the API has written it. */
  readonly by?: DeskPerson;
}

export interface DeskTicket extends StandInTicket {
  readonly createdAt: string;
  readonly comments: DeskComment[];
  readonly history: { readonly id: string; readonly by: DeskPerson; readonly to: string; readonly at: string }[];
  /** How the last webhook was answered. */
  webhook?: string;
}

/** All tickets, in a file that survives restarts. */
export class Desk {
  readonly tickets: DeskTicket[];
  readonly #file: string | undefined;

  /** @param file readable by its owner alone; absent: in memory */
  constructor(file: string | undefined) {
    this.#file = file;
    this.tickets = file !== undefined && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
  }

  find(key: string | undefined): DeskTicket | undefined {
    return this.tickets.find((ticket) => ticket.key === key);
  }

  write({ by, name, kind, subject }: NewTicket, at: Date): DeskTicket {
    const ticket: DeskTicket = {
      key: `${QUEUE}-${this.tickets.length + 1}`,
      queue: QUEUE,
      requester: by,
      createdAt: at.toISOString(),
      fields: { [FIELDS.name]: name, [FIELDS.kind]: { value: kind }, [FIELDS.subject]: { value: subject } },
      history: [],
      comments: [],
    };
    this.tickets.push(ticket);
    this.save();
    return ticket;
  }

  approve({ history }: DeskTicket, by: DeskPerson, at: Date): void {
    history.push({ id: String(at.getTime()), by, to: APPROVED, at: at.toISOString() });
    this.save();
  }

  comment({ comments }: DeskTicket, by: DeskPerson, text: string): void {
    comments.push({ by, text, isPrivate: false });
    this.save();
  }

  save(): void {
    if (this.#file !== undefined) writeFileSync(this.#file, JSON.stringify(this.tickets), { mode: 0o600 });
  }
}

/** The text of a field, or the option of a list. */
export function fieldText({ fields }: DeskTicket, field: keyof typeof FIELDS): string {
  const value = fields[FIELDS[field]];
  return typeof value === 'string' ? value : (value as { readonly value: string }).value;
}
