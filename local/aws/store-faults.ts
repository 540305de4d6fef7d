import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';

/** Failures of DynamoDB and S3 that a test switches on: calls that are refused, and calls that are done but never answered. */
export class StoreFaults {
  /** Share of the calls that fail, 0 to 1. The SDK tries again, as it does on AWS: about the third power reaches the functions. */
  share = 0;

  /** Puts itself between a server and its callers. */
  breakInto(server: Server): void {
    const listeners = server.listeners('request') as RequestListener[];
    server.removeAllListeners('request');
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      if (Math.random() < this.share) {
        if (Math.random() < 0.5) return refuse(request, response);
        loseAnswer(response);
      }
      for (const listener of listeners) listener.call(server, request, response);
    });
  }
}

/** As both services say that something is wrong on their side. */
function refuse(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  const body = JSON.stringify({ __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError' });
  response.writeHead(500, { 'content-type': 'application/x-amz-json-1.0' }).end(body);
}

/** What was asked is done, but the connection breaks before its answer. */
function loseAnswer(response: ServerResponse): void {
  response.write = () => true;
  response.end = () => {
    response.destroy();
    return response;
  };
}
