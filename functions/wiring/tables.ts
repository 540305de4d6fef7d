import { dynamoLeases } from '../../modules/engines/adapters/dynamo-leases.ts';
import { dynamoRedirection } from '../../modules/engines/adapters/dynamo-redirection.ts';
import { dynamoOutbox, dynamoUnsubscribed } from '../../modules/notices/adapters/dynamo-outbox.ts';
import { dynamoOpenRequests, dynamoRequestList } from '../../modules/requests/adapters/dynamo-request-list.ts';
import { dynamoRequests } from '../../modules/requests/adapters/dynamo-requests.ts';
import { dynamoSubjects } from '../../modules/requests/adapters/dynamo-subjects.ts';
import { dynamoSuppression } from '../../modules/sentinel/adapters/dynamo-ledger.ts';
import { dynamoDeliveries } from '../../modules/tickets/adapters/dynamo-deliveries.ts';
import { dynamoCallCounter, dynamoIdempotency } from '../http/adapters/dynamo-calls.ts';
import { dynamo } from './dynamo.ts';
import { callers, clock, environment, log, once } from './environment.ts';

/** Writes in the name of the function itself. */
export const requests = /* @__PURE__ */ once(() =>
  dynamoRequests(dynamo(), { requests: environment().REQUESTS_TABLE, audit: environment().AUDIT_TABLE }, clock, {
    id: environment().AWS_LAMBDA_FUNCTION_NAME,
    role: 'system',
  }),
);
export const requestPorts = () => ({ callers: callers(), requests: requests(), clock, log });
export const requestList = /* @__PURE__ */ once(() => dynamoRequestList(dynamo(), environment().REQUESTS_TABLE));
export const idempotency = /* @__PURE__ */ once(() => dynamoIdempotency(dynamo(), environment().REQUESTS_TABLE, clock));
export const countCall = /* @__PURE__ */ once(() => dynamoCallCounter(dynamo(), environment().REQUESTS_TABLE));
export const subjects = /* @__PURE__ */ once(() => dynamoSubjects(dynamo(), environment().SEALED_TABLE, clock));
export const suppression = /* @__PURE__ */ once(() => dynamoSuppression(dynamo(), environment().SEALED_TABLE));
export const openRequests = /* @__PURE__ */ once(() => dynamoOpenRequests(dynamo(), environment().REQUESTS_TABLE));
export const outbox = /* @__PURE__ */ once(() => dynamoOutbox(dynamo(), environment().REQUESTS_TABLE));

export const deliveries = /* @__PURE__ */ once(() => dynamoDeliveries(dynamo(), environment().REQUESTS_TABLE));

export const unsubscribed = /* @__PURE__ */ once(() => dynamoUnsubscribed(dynamo(), environment().REQUESTS_TABLE));
export const leases = /* @__PURE__ */ once(() => dynamoLeases(dynamo(), environment().REQUESTS_TABLE, { clock }));
export const lastRedirection = /* @__PURE__ */ once(() => dynamoRedirection(dynamo(), environment().REQUESTS_TABLE));
