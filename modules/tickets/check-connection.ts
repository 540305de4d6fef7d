import { type Check, checked, wordsOf } from '../common/doctor.ts';
import { checkPeer } from '../engines/check-nexthink.ts';
import { TicketSystemError } from '../ticket-systems/errors.ts';
import { callTickets, type TicketApiAccess, ticketApi } from '../ticket-systems/ticket-api.ts';
import { VENDORS } from '../ticket-systems/vendors.ts';
import type { Connection } from './settings.ts';

interface ConnectionPorts {
  readonly access: TicketApiAccess;
  /** Of the intake, if there is one. @throws they are missing, or not right */
  readonly readWebhookSecrets: () => Promise<unknown>;
  readonly now: () => Date;
}

const TEST = 'A test by an operator of nexthink-gdpr: comments can be written to this ticket.';

/** Secrets, address and certificate of a ticketing system (R32). @param testKey a ticket that is read, and gets a comment */
export async function checkConnection(
  id: string,
  connection: Connection,
  { access, readWebhookSecrets, now }: ConnectionPorts,
  testKey: string | undefined,
  signal: AbortSignal,
): Promise<Check[]> {
  const [name, place, vendor] = [`Connection ${id}`, `connections.${id}`, VENDORS[connection.kind]];
  const tried = async (setting: string, work: () => Promise<unknown>): Promise<Check[]> =>
    work().then(
      () => [],
      (error: unknown) => [checked(name, 'fault', wordsOf(error), setting)],
    );
  const tryTicket = async (key: string) => {
    const { intake } = connection;
    if (intake) await vendor.reader(ticketApi(access), connection, intake)(key, signal);
    const post = vendor.comments(connection).post(key, { text: TEST, marker: `doctor ${now().toISOString()}` });
    const { status } = await callTickets(access, { ...post, signal });
    if (status < 200 || status > 299) throw new TicketSystemError(`refused a comment with HTTP ${status}`);
  };
  const faults = [
    ...(await tried(`${place}.api.secretId (gdpr secret set)`, access.authorization)),
    ...(await tried(`${place}.intake.secretId (gdpr secret set)`, readWebhookSecrets)),
    ...(await checkPeer(name, access.url, access.rules, `${place}.api`)),
  ];
  if (faults.length > 0) return faults;
  const fine = 'Its secrets are there, and its address is right';
  if (testKey === undefined) return [checked(name, 'ok', `${fine}; a ticket is read with --test-ticket only`)];
  const rights = `rights of its account (${place}.api.secretId), or another --test-ticket`;
  const refused = await tried(rights, () => tryTicket(testKey));
  return refused.length > 0 ? refused : [checked(name, 'ok', `${fine}; the ticket was read and has a comment more`)];
}
