import type { VendorKind } from '../../../modules/ticket-systems/vendors.ts';
import { freshservice } from './freshservice.ts';
import { jira } from './jira.ts';
import { servicenow } from './servicenow.ts';
import type { VendorStandIn } from './stand-in.ts';
import { zendesk } from './zendesk.ts';

/** A stand-in for each vendor; the types demand one for each line of the registry. */
export const STAND_INS: Readonly<Record<VendorKind, VendorStandIn>> = { jira, zendesk, freshservice, servicenow };
