import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import * as z from 'zod';
import type { CallRecorder } from './call-recorder.ts';
import type { CallGuard } from './limits/call-guard.ts';
import { type LoopbackServer, serveOnLoopback } from './loopback.ts';
import type { StoreFaults } from './store-faults.ts';

/** A failure that an AWS service answers by name; the SDK clients throw it under that name. */
export class ServiceFault extends Error {
  override readonly name: string;
  /** @param name such as `ResourceNotFoundException` */
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** Answers one action; `input` is the body as the SDK client sent it. */
export type Action = (input: Record<string, unknown>) => unknown;

/**
 * An endpoint of the AWS JSON protocol: `X-Amz-Target` names service and action.
 * @param actions by `<service>.<action>`, such as `AWSStepFunctions.StartExecution`
 */
export function startJsonEndpoint(
  actions: Readonly<Record<string, Action>>,
  recorder?: CallRecorder,
  faults?: StoreFaults,
  guard?: CallGuard,
): Promise<LoopbackServer> {
  const server = createServer((request, response) => void answer(actions, request, response));
  guard?.guard(server);
  faults?.breakInto(server);
  recorder?.listenTo(server);
  return serveOnLoopback(server);
}

async function answer(actions: Readonly<Record<string, Action>>, request: IncomingMessage, response: ServerResponse) {
  try {
    const target = String(request.headers['x-amz-target']);
    const action = actions[target];
    if (!action) throw new ServiceFault('UnknownOperationException', `${target} is not served here`);
    const input = (await json(request)) as Record<string, unknown>;
    send(response, 200, (await action(input)) ?? {});
  } catch (error) {
    const fault = faultOf(error);
    const body = { __type: fault?.name ?? 'InternalFailure', message: fault?.message ?? 'Internal failure' };
    send(response, fault ? 400 : 500, body);
  }
}

function faultOf(error: unknown): ServiceFault | undefined {
  if (error instanceof z.ZodError) return new ServiceFault('ValidationException', z.prettifyError(error));
  return error instanceof ServiceFault ? error : undefined;
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': randomUUID() });
  response.end(JSON.stringify(body));
}
