import type * as z from 'zod';
import {
  ApproveBody,
  DeadlineBody,
  DenyBody,
  GivenLoginBody,
  LoginBody,
  LoginOnlyBody,
  PreviewBodySchema,
  StartBody,
} from '../bodies.ts';
import { AnchorsViewSchema } from './anchors.ts';
import * as answers from './answers.ts';
import { AuditEntrySchema, EventsViewSchema } from './events.ts';
import { ManifestSchema } from './manifest.ts';
import {
  ReceiptSchema,
  RequestSummarySchema,
  RequestsViewSchema,
  RequestViewSchema,
  SourceProgressSchema,
  StartedViewSchema,
} from './views.ts';

/** Bodies and answers by the names that they have in the OpenAPI document and in the client made from it. */
export const COMPONENTS = {
  StartRequest: StartBody,
  Preview: PreviewBodySchema,
  GivenLogin: GivenLoginBody,
  LoginOnly: LoginOnlyBody,
  Approve: ApproveBody,
  Deny: DenyBody,
  Deadline: DeadlineBody,
  TicketEvent: answers.TicketEventSchema,
  Login: LoginBody,
  RequestView: RequestViewSchema,
  StartedView: StartedViewSchema,
  RequestSummary: RequestSummarySchema,
  RequestsView: RequestsViewSchema,
  SourceProgress: SourceProgressSchema,
  Receipt: ReceiptSchema,
  PreviewView: answers.PreviewViewSchema,
  EnginesView: answers.EnginesViewSchema,
  Link: answers.LinkSchema,
  Manifest: ManifestSchema,
  SignedCertificate: answers.SignedCertificateSchema,
  AuditEntry: AuditEntrySchema,
  EventsView: EventsViewSchema,
  AnchorsView: AnchorsViewSchema,
  Nonce: answers.NonceSchema,
  NearNames: answers.NearNamesSchema,
  Health: answers.HealthSchema,
  OpenApi: answers.OpenApiSchema,
  Problem: answers.ProblemSchema,
  GatewayMessage: answers.GatewayMessageSchema,
} as const satisfies Record<string, z.ZodType>;
export type ComponentName = keyof typeof COMPONENTS;
