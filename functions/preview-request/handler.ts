import middy from '@middy/core';
import type { Log } from '../../core/ports.ts';
import { type PreviewRequestPorts, previewRequest } from '../../core/steps/preview-request.ts';
import { bodyOf, type HttpEvent, type HttpResult, json, problemDetails } from '../shared/http.ts';
import { PreviewBodySchema } from '../shared/schemas.ts';

/** `POST /v1/preview`: it takes name and login, hence no GET. */
export const createHandler = (ports: PreviewRequestPorts & { readonly log: Log }) =>
  middy<HttpEvent, HttpResult>()
    .use(problemDetails(ports.log))
    .handler(async (event) => json(200, await previewRequest(bodyOf(event, PreviewBodySchema), ports)));
