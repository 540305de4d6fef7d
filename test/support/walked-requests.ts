import { setTimeout as wait } from 'node:timers/promises';
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { TABLES } from '../../local/environment.ts';
import type { LocalSystem } from '../../local/system.ts';
import type { RequestState } from '../../modules/requests/record.ts';
import { isFinal, isWaiting, LIFECYCLE } from '../../modules/requests/state-machine.ts';
import type { RequestsView, RequestView } from '../../modules/requests/views/get-request.ts';
import { callApi } from './api.ts';
import { clientOf } from './clients.ts';
import type { Answer } from './served-api.ts';
import { storedRequests } from './stored-requests.ts';

interface Walked {
  readonly requestId: string;
  readonly owner: string;
  readonly recipients: readonly string[];
  readonly planHash: string | undefined;
  /** As it was last seen. */
  state: RequestState;
  attempt: number;
}

/** What is remembered of the body that started a Request. */
interface Asked {
  readonly recipients?: readonly string[];
  readonly planHash?: string;
}

/** Calls whose answers only the requester and named recipients get, whatever their scopes. */
const OWN = ['getArchive', 'createLink', 'getManifest', 'getCertificate', 'takeNonce', 'listEvents'];
/** Calls that change a Request, which to see is not enough. */
const CHANGES = ['cancelRequest', 'changeDeadline', 'rerunRequest', 'loginRequest', 'deleteArchive'];
/** Refusals that tell that there is such a Request. */
const TELLING = /problems\/(wrong-state|archive-|certificate-|deadline|own-approval|nightly)/;
/** Maximum time for what still works to end, milliseconds; machines are shared. */
const PATIENCE = 60_000;
/** Longer than any execution may run. */
const LONG_AGO_MS = 13 * 3_600_000;

/** The Requests that a walk has started: whose they are, and the states that each was seen in. */
export class WalkedRequests {
  readonly #walked: Walked[] = [];
  readonly #system: LocalSystem;
  /** Token of a caller who sees all. */
  readonly #token: string;
  readonly #ends = new Map<string, number>();
  #shakenUntil = 0;

  constructor(system: LocalSystem, token: string) {
    this.#system = system;
    this.#token = token;
  }

  /** Whether stores fail, or have just: a call that began then may end in it. */
  get shaken(): boolean {
    if (this.#system.storeFaults.share > 0) this.#shakenUntil = Date.now() + 5000;
    return Date.now() < this.#shakenUntil;
  }

  pick(index: number | undefined): string | undefined {
    return index === undefined ? undefined : this.#walked[index % Math.max(1, this.#walked.length)]?.requestId;
  }

  /** What was agreed to when it was started. */
  planHashOf(requestId: string | undefined): string | undefined {
    return this.#walked.find((walked) => walked.requestId === requestId)?.planHash;
  }

  /** @returns what is wrong about a Request that was started */
  add({ requestId, state, attempt }: RequestView, owner: string, { recipients = [], planHash }: Asked): string[] {
    const other = this.#walked.find((walked) => walked.requestId === requestId);
    if (!other) this.#walked.push({ requestId, owner, recipients, planHash, state, attempt });
    return other && other.owner !== owner ? [`${requestId} was handed out to two callers`] : [];
  }

  /** Takes up Requests of which no answer has told. */
  async addUntold(): Promise<void> {
    for (const { requestId, callerId: owner, recipients = [], state, attempt } of await storedRequests(this.#system)) {
      const isKnown = this.#walked.some((walked) => walked.requestId === requestId);
      if (!isKnown) this.#walked.push({ requestId, owner, recipients, planHash: undefined, state, attempt });
    }
  }

  /** What an answer tells a caller about a Request of somebody else. */
  leaks(
    operationId: string,
    requestId: string | undefined,
    caller: { name: string; id: string },
    answer: Answer,
  ): string[] {
    const seesAll = caller.name === 'carla';
    const isMine = (walked: Walked) => walked.owner === caller.id || walked.recipients.includes(caller.id);
    if (operationId === 'listRequests' && answer.status === 200 && !seesAll) {
      const { requests } = JSON.parse(answer.text) as RequestsView;
      const foreign = this.#walked.filter((walked) => !isMine(walked)).map((walked) => walked.requestId);
      return requests
        .filter((shown) => foreign.includes(shown.requestId))
        .map(() => 'the list shows a foreign request');
    }
    const walked = this.#walked.find((one) => one.requestId === requestId);
    if (walked && walked.owner !== caller.id && !seesAll && CHANGES.includes(operationId) && answer.status < 400) {
      return [`${operationId} lets who may only see a request change it`];
    }
    if (!walked || isMine(walked) || (seesAll && !OWN.includes(operationId))) return [];
    const told = answer.status < 400 || TELLING.test(answer.text);
    return told ? [`${operationId} tells of a foreign request`] : [];
  }

  /** Looks at one Request. @returns what is wrong about its state */
  async look(turn: number): Promise<string[]> {
    const walked = this.#walked[turn % Math.max(1, this.#walked.length)];
    return walked ? await this.#lookAt(walked) : [];
  }

  /**
   * Waits until each has come to its end, or waits for a person. What died with a store is left to the sweeper, which is let
   * come as late as it may.
   * @returns those that do not end even then
   */
  async finish(): Promise<string[]> {
    const faults = await this.#wait();
    const died = this.#running();
    if (died.length > 0) {
      await growOld(this.#system, died);
      await this.#system.invoke('sweep');
      faults.push(...(await this.#wait()));
    }
    for (const { state } of this.#walked) this.#ends.set(state, (this.#ends.get(state) ?? 0) + 1);
    if (died.length > 0) this.#ends.set('of them ended by the sweeper', died.length);
    return [...faults, ...this.#running().map(({ requestId, state }) => `${requestId} stays ${state}`)];
  }

  async #wait(): Promise<string[]> {
    const faults: string[] = [];
    for (const end = Date.now() + PATIENCE; Date.now() < end && this.#running().length > 0; await wait(250)) {
      for (const walked of this.#running()) faults.push(...(await this.#lookAt(walked)));
    }
    return faults;
  }

  summary(): string {
    return [...this.#ends].map(([end, count]) => `${count} ${end}`).join(', ');
  }

  #running(): Walked[] {
    return this.#walked.filter(({ state }) => !isFinal(state) && !isWaiting(state));
  }

  async #lookAt(walked: Walked): Promise<string[]> {
    const path = `/v1/requests/${walked.requestId}`;
    const answer = await callApi(this.#system, 'GET', path, { token: this.#token });
    const text = await answer.text();
    if (answer.status !== 200) return this.shaken ? [] : [`GET ${walked.requestId} got ${answer.status}: ${text}`];
    const { state, attempt } = JSON.parse(text) as RequestView;
    const before = walked.state;
    Object.assign(walked, { state, attempt: Math.max(attempt, walked.attempt) });
    return reachable(before).has(state) ? [] : [`${walked.requestId} went from ${before} to ${state}`];
  }
}

/** All states that may come after one. */
export function reachable(from: RequestState): Set<RequestState> {
  const found = new Set<RequestState>([from]);
  for (const state of found) for (const next of LIFECYCLE[state].next) found.add(next);
  return found;
}

/** As if nothing had been heard of these Requests for half a day. */
async function growOld(system: LocalSystem, walked: readonly Walked[]): Promise<void> {
  const dynamo = new DynamoDBClient(clientOf(system, 'DYNAMODB'));
  const then = new Date(Date.now() - LONG_AGO_MS).toISOString();
  for (const { requestId } of walked) {
    const update = {
      TableName: TABLES.requests,
      Key: { pk: { S: `REQ#${requestId}` }, sk: { S: 'META' } },
      UpdateExpression: 'SET updatedAt = :then',
      ExpressionAttributeValues: { ':then': { S: then } },
    };
    await dynamo.send(new UpdateItemCommand(update));
  }
  dynamo.destroy();
}
