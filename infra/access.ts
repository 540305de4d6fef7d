import type { Access } from './constructs/grant-access.ts';

const CLOSING: Access = {
  requests: 'write',
  sealed: ['prolong', 'wipe'],
  parts: ['list', 'delete', 'uploads'],
  archives: ['delete', 'uploads'],
  also: ['settings', 'subjects', 'ledger', 'signs'],
  portalRole: 'Read', // the ledger, when an anonymization did not report back
  executions: ['start'], // verifies an anonymization that committed
};

/** Least privilege, by name of the function (functions/registry.ts). Synthesis fails for a function without a row. */
export const ACCESS: Readonly<Record<string, Access>> = {
  'open-request': {
    requests: 'write',
    sealed: ['get', 'prolong'],
    purposes: ['login'],
    parts: ['read', 'write'], // a rerun reads the first plan
    also: ['settings', 'portalApiSecret'],
  },
  'prepare-engines': {
    requests: 'write',
    sealed: ['get', 'replace', 'prolong'],
    purposes: ['login', 'subject'],
    parts: ['read', 'write'], // the headers go into the frame of the attempt
    also: ['settings'],
  },
  'query-engine': {
    requests: 'write',
    sealed: ['get', 'prolong'],
    purposes: ['login', 'subject', 'mask'],
    parts: ['read', 'list', 'write', 'delete'],
    also: ['settings'],
  },
  'note-missing': { requests: 'write' },
  'query-portal': {
    requests: 'write',
    sealed: ['get'],
    purposes: ['subject', 'mask'],
    parts: ['read', 'list', 'write', 'delete'],
    also: ['settings'],
    portalRole: 'Read',
  },
  'merge-parts': {
    requests: 'write',
    parts: ['read', 'list'],
    archives: ['read', 'write', 'delete', 'uploads', 'continue'],
    also: ['settings'],
  },
  'anonymize-portal': {
    requests: 'write',
    sealed: ['get', 'replace'], // the subject, with what a run replaces
    purposes: ['subject', 'plan'],
    also: ['settings'],
    portalRole: 'Anonymize',
  },
  'maintain-portal': { requests: 'write', portalRole: 'Maintain', also: ['settings'] },
  'verify-portal': {
    requests: 'write',
    sealed: ['get'],
    purposes: ['subject', 'nonce'],
    also: ['settings'], // which columns are of login accounts
    portalRole: 'Verify',
  },
  'close-request': CLOSING,
  // Closes what close-request has not closed.
  sweep: {
    ...CLOSING,
    sealed: ['get', 'prolong', 'wipe'], // expired logins; it cannot open any
    executions: ['start', 'stop', 'find'],
  },
  'deliver-notices': { requests: 'write', also: ['settings', 'ticketSecrets', 'webhookSecrets', 'eventBus'] },
  'receive-ticket': { also: ['hooks', 'settings'] },
  'process-tickets': {
    requests: 'write',
    sealed: ['put', 'wipe'],
    purposes: ['login', 'subject', 'mask', 'nonce'],
    also: ['settings', 'portalApiSecret', 'serviceAccount', 'ticketSecrets', 'subjects', 'macs'],
    executions: ['start'],
  },
  'rerun-missing': {
    requests: 'write',
    sealed: ['put', 'wipe'],
    purposes: ['login'],
    also: ['settings', 'portalApiSecret', 'serviceAccount'],
    executions: ['start'],
  },
  'scan-sentinel': {
    requests: 'write',
    sealed: ['put', 'wipe'], // of an anonymization that it starts
    purposes: ['subject', 'nonce'],
    also: ['settings', 'portalApiSecret', 'serviceAccount', 'subjects', 'ledger', 'macs'],
    portalRole: 'Read',
    executions: ['start'],
  },
  'check-removals': {
    requests: 'write',
    sealed: ['get', 'wipe'],
    purposes: ['subject'],
    also: ['settings', 'portalApiSecret', 'serviceAccount'],
  },
  'anchor-audit': { requests: 'write', also: ['settings'] },
  read: { requests: 'read' },
  'get-certificate': { requests: 'write', sealed: ['get', 'wipe'], purposes: ['nonce'] },
  start: {
    requests: 'write',
    sealed: ['put', 'wipe'],
    purposes: ['login', 'subject', 'mask', 'plan', 'nonce'],
    also: ['settings', 'portalApiSecret', 'serviceAccount', 'subjects', 'macs'],
    executions: ['start'],
  },
  deliver: { requests: 'write', archives: ['read'] }, // audits the link; a link has no more rights than its signer
  // It ends, stops and deletes; it cannot open or start anything.
  operate: {
    requests: 'write',
    sealed: ['wipe'],
    parts: ['list', 'delete', 'uploads'],
    archives: ['delete', 'uploads'],
    also: ['settings'],
    executions: ['stop'],
  },
  preview: { requests: 'write', portalRole: 'Read', also: ['settings', 'portalApiSecret'] },
  // It tries everything, under names and keys of its own: no object, sealed value or record of a request is open to it.
  doctor: {
    portalRole: ['Read', 'Anonymize', 'Verify', 'Maintain'],
    also: ['settings', 'tries', 'signs', 'macs', 'portalApiSecret', 'serviceAccount', 'ticketSecrets', 'hookSecrets'],
  },
  'describe-api': {},
};
