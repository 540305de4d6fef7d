import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { takePlace } from './stand-between.ts';

/** `refuse`: answered with a failure; `lose`: done, but never answered, so that the SDK repeats it; `delay`: done late. */
export const STORE_FAULTS = ['refuse', 'lose', 'delay'] as const;
/** `throttle`: answered as too many calls. */
export type StoreFault = (typeof STORE_FAULTS)[number] | 'throttle';

/** Failures of a stand-in for AWS that a test switches on. */
export class StoreFaults {
  /** Share of the calls that fail, 0 to 1. The SDK tries again, as it does on AWS: about the third power reaches the functions. */
  share = 0;
  /** What happens to them, each as often as the others. */
  kinds: readonly StoreFault[] = ['refuse', 'lose'];
  delayMs = 500;
  /** From 0 (included) to 1. */
  random: () => number = Math.random;
  /** Calls that have failed so far, by kind. */
  readonly counts: Record<StoreFault, number> = { refuse: 0, lose: 0, delay: 0, throttle: 0 };

  /** Puts itself between a server and its callers. */
  breakInto(server: Server): void {
    takePlace(server, (pass) => (request, response) => {
      if (this.random() >= this.share) return pass(request, response);
      const kind = this.kinds[Math.floor(this.random() * this.kinds.length)]!;
      this.counts[kind] += 1;
      if (kind === 'refuse') return refuse(request, response);
      if (kind === 'throttle') return throttle(request, response);
      if (kind === 'delay') return void sleep(this.delayMs).then(() => pass(request, response));
      loseAnswer(response);
      pass(request, response);
    });
  }
}

/** As the services say that something is wrong on their side. */
function refuse(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  const body = JSON.stringify({ __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError' });
  response.writeHead(500, { 'content-type': 'application/x-amz-json-1.0' }).end(body);
}

/** In the words of each service. S3 is the one without a target. */
function throttle(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  const [service] = String(request.headers['x-amz-target'] ?? 's3').split('.');
  if (service === 's3') {
    const xml =
      '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>SlowDown</Code><Message>Slow down</Message></Error>';
    response.writeHead(503, { 'content-type': 'application/xml' }).end(request.method === 'HEAD' ? undefined : xml);
    return;
  }
  const ofTables = service === 'DynamoDB_20120810';
  const body = JSON.stringify({ __type: ofTables ? 'ProvisionedThroughputExceededException' : 'ThrottlingException' });
  response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' }).end(body);
}

/** What was asked is done, but the connection breaks before its answer. */
function loseAnswer(response: ServerResponse): void {
  response.write = () => true;
  response.end = () => {
    response.destroy();
    return response;
  };
}
