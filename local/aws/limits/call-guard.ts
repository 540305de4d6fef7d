import type { IncomingMessage, OutgoingHttpHeaders, Server, ServerResponse } from 'node:http';
import { type AwsCall, callerOf, callsOf } from '../call-recorder.ts';
import { standBetween } from '../stand-between.ts';

/** Refuses a call that a role may not make, in the words of AWS. A caller that is no role, such as a test, may make every call. */
export class CallGuard {
  /** What was denied so far. */
  readonly denied: AwsCall[] = [];
  readonly #mayCall: (call: AwsCall) => boolean;

  constructor(mayCall: (call: AwsCall) => boolean) {
    this.#mayCall = mayCall;
  }

  guard(server: Server): void {
    standBetween(server, (request, body, response, pass) => {
      const by = callerOf(request);
      if (by === undefined) return pass();
      const calls = callsOf(by, request, body);
      const denied = calls.filter((call) => !this.#mayCall(call));
      if (denied.length > 0) return this.#deny(denied, request, response);
      // Whether an object is there S3 tells only a role that may list: another one is denied what is not there.
      const unlisted = callsOf(by, request, body, 404).filter((call) => call.missing && !this.#mayCall(call));
      if (unlisted.length > 0) onMissing(response, () => this.#deny(unlisted, request, response));
      pass();
    });
  }

  #deny(denied: readonly AwsCall[], request: IncomingMessage, response: ServerResponse): void {
    this.denied.push(...denied);
    if (request.headers['x-amz-target'] === undefined) {
      const xml =
        '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>';
      response.writeHead(403, { 'content-type': 'application/xml' }).end(request.method === 'HEAD' ? undefined : xml);
      return;
    }
    const [{ by, action }] = denied as [AwsCall];
    const message = `${by} is not authorized to perform: ${action}`;
    response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify({ __type: 'AccessDeniedException', message }));
  }
}

/** Calls `answer` instead of a 404. */
function onMissing(response: ServerResponse, answer: () => void): void {
  const { writeHead, end } = response;
  response.writeHead = ((status: number, ...rest: [OutgoingHttpHeaders?]) => {
    Object.assign(response, { writeHead });
    if (status !== 404) return writeHead.call(response, status, ...rest);
    response.end = () => {
      Object.assign(response, { end });
      for (const name of response.getHeaderNames()) response.removeHeader(name);
      answer();
      return response;
    };
    return response;
  }) as typeof response.writeHead;
}
