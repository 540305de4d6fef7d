import type { Access } from './rights.ts';

const CLOSING: Access = {
  requests: 'write',
  sealed: ['prolong', 'wipe'],
  parts: ['list', 'delete', 'uploads'],
  archives: ['delete', 'uploads'],
  settings: true,
  portalRole: 'Read', // the ledger, when an anonymization did not report back
  subjects: true,
  ledger: true,
  signs: true,
  executions: ['start'], // verifies an anonymization that committed
};

/** Least privilege, by name of the function (functions/registry.ts). Synthesis fails for a function without a row. */
export const ACCESS: Readonly<Record<string, Access>> = {
  'open-request': {
    requests: 'write',
    sealed: ['get', 'prolong'],
    purposes: ['login'],
    parts: ['read', 'write'], // a rerun reads the first plan
    settings: true,
    portalApiSecret: true,
  },
  'prepare-engines': {
    requests: 'write',
    sealed: ['get', 'replace', 'prolong'],
    purposes: ['login', 'subject'],
    parts: ['read', 'write'], // the headers go into the frame of the attempt
    settings: true,
  },
  'query-engine': {
    requests: 'write',
    sealed: ['get', 'prolong'],
    purposes: ['login', 'subject', 'mask'],
    parts: ['read', 'list', 'write', 'delete'],
    settings: true,
  },
  'note-missing': { requests: 'write' },
  'query-portal': {
    requests: 'write',
    sealed: ['get'],
    purposes: ['subject', 'mask'],
    parts: ['read', 'list', 'write', 'delete'],
    settings: true,
    portalRole: 'Read',
  },
  'merge-parts': {
    requests: 'write',
    parts: ['read', 'list'],
    archives: ['read', 'write', 'delete', 'uploads', 'continue'],
    settings: true,
  },
  'anonymize-portal': {
    requests: 'write',
    sealed: ['get'],
    purposes: ['subject', 'plan'],
    settings: true,
    portalRole: 'Anonymize',
  },
  'maintain-portal': { requests: 'write', settings: true, portalRole: 'Maintain' },
  'verify-portal': {
    requests: 'write',
    sealed: ['get'],
    purposes: ['subject', 'nonce'],
    settings: true, // which columns are of login accounts
    portalRole: 'Verify',
  },
  'close-request': CLOSING,
  // Closes what close-request has not closed.
  sweep: {
    ...CLOSING,
    sealed: ['get', 'prolong', 'wipe'], // expired logins; it cannot open any
    executions: ['start', 'stop', 'find'],
  },
  'deliver-notices': { requests: 'write', settings: true, ticketSecrets: true, webhookSecrets: true, eventBus: true },
  'receive-ticket': { hooks: true, settings: true },
  'process-tickets': {
    requests: 'write',
    sealed: ['put', 'wipe'],
    purposes: ['login', 'subject', 'mask', 'nonce'],
    settings: true,
    portalApiSecret: true,
    serviceAccount: true,
    ticketSecrets: true,
    subjects: true,
    macs: true,
    executions: ['start'],
  },
  'rerun-missing': {
    requests: 'write',
    sealed: ['put', 'wipe'],
    purposes: ['login'],
    settings: true,
    portalApiSecret: true,
    serviceAccount: true,
    executions: ['start'],
  },
  'scan-sentinel': {
    requests: 'write',
    sealed: ['put', 'wipe'], // of an anonymization that it starts
    purposes: ['subject', 'nonce'],
    settings: true,
    portalRole: 'Read',
    portalApiSecret: true,
    serviceAccount: true,
    subjects: true,
    ledger: true,
    macs: true,
    executions: ['start'],
  },
  'anchor-audit': { requests: 'write', settings: true },
  read: { requests: 'read' },
  'get-certificate': { requests: 'write', sealed: ['get', 'wipe'], purposes: ['nonce'] },
  start: {
    requests: 'write',
    sealed: ['put', 'wipe'],
    purposes: ['login', 'subject', 'mask', 'plan', 'nonce'],
    settings: true,
    portalApiSecret: true,
    serviceAccount: true,
    subjects: true,
    macs: true,
    executions: ['start'],
  },
  deliver: { requests: 'write', archives: ['read'] }, // audits the link; a link has no more rights than its signer
  'get-near-names': { requests: 'read', parts: ['read', 'list'] },
  // It ends, stops and deletes; it cannot open or start anything.
  operate: {
    requests: 'write',
    sealed: ['wipe'],
    parts: ['list', 'delete', 'uploads'],
    archives: ['delete', 'uploads'],
    settings: true,
    executions: ['stop'],
  },
  preview: { requests: 'write', settings: true, portalRole: 'Read', portalApiSecret: true },
  'describe-api': {},
};
