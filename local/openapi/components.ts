import * as z from 'zod';

import { Problem } from '../../functions/http/problems.ts';
import { Manifest } from '../../modules/archive/manifest.ts';
import { Link } from '../../modules/archive/ports.ts';
import { DoctorReport } from '../../modules/common/doctor.ts';
import { SubjectsBody, SubjectsView } from '../../modules/engines/find-subjects.ts';
import { EnginesView } from '../../modules/engines/list-engines.ts';
import { NamesView } from '../../modules/engines/list-names.ts';
import { RedirectionView } from '../../modules/engines/redirection.ts';
import { DeviceBody, DeviceView } from '../../modules/lifecycle/device-removal.ts';
import { PreviewBody, PreviewView } from '../../modules/lifecycle/preview-request.ts';
import { AnchorsView } from '../../modules/proof/audit-anchors.ts';
import { Nonce } from '../../modules/proof/get-certificate.ts';
import { AuditEntry, EventsView } from '../../modules/requests/audit/entry.ts';
import { DeadlineChange, DenyBody, HandoverBody } from '../../modules/requests/deadline-facts.ts';
import { Receipt, Rehearsal, SignedCertificate } from '../../modules/requests/record.ts';
import { SourceProgress } from '../../modules/requests/source.ts';

import {
  ApproveBody,
  GivenLoginBody,
  Login,
  LoginOnlyBody,
  StartRequestBody,
} from '../../modules/requests/start-body.ts';
import { RequestSummary, RequestsView, RequestView, StartedView } from '../../modules/requests/views/get-request.ts';

/** Bodies and answers by their names in the OpenAPI document and in the client. */
export const COMPONENTS = {
  StartRequest: StartRequestBody,
  Preview: PreviewBody,
  GivenLogin: GivenLoginBody,
  LoginOnly: LoginOnlyBody,
  FindSubjects: SubjectsBody,
  FindDevice: DeviceBody,
  Approve: ApproveBody,
  Deny: DenyBody,
  Deadline: DeadlineChange,
  Handover: HandoverBody,
  TicketEvent: z
    .looseObject({})
    .describe('As the vendor sends it (docs/tickets.md); only the key of the ticket is used'),
  Login,
  RequestView,
  StartedView,
  RequestSummary,
  RequestsView,
  SourceProgress,
  Receipt,
  Rehearsal,
  PreviewView,
  DoctorReport,
  EnginesView,
  NamesView,
  SubjectsView,
  DeviceView,
  RedirectionView,
  Link,
  Manifest,
  SignedCertificate,
  AuditEntry,
  EventsView,
  AnchorsView,
  Nonce,
  Health: z.strictObject({ status: z.literal('ok'), version: z.string() }),
  OpenApi: z.looseObject({ openapi: z.string() }).describe('This document'),
  Problem,
  /** Answer of API Gateway itself when it refuses a call. */
  GatewayMessage: z.strictObject({ message: z.string() }),
} as const satisfies Record<string, z.ZodType>;
export type ComponentName = keyof typeof COMPONENTS;
