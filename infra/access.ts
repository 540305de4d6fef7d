import { type Access, MACHINES } from './constructs/grant-access.ts';

const WRITE = ['get', 'put', 'update'] as const;

const CLOSING: Access = {
  requests: [...WRITE, 'list'],
  sealed: ['prolong', 'wipe'],
  parts: ['list', 'delete', 'uploads'],
  archives: ['delete', 'uploads'],
  also: ['settings', 'subjects', 'ledger', 'signs'],
  portalRole: 'read', // the ledger, when an anonymization did not report back
  executions: { start: ['anonymize'] }, // verifies an anonymization that committed
};

/** Least privilege, by name of the function (functions/registry.ts). Synthesis fails for a function without a row. */
export const ACCESS: Readonly<Record<string, Access>> = {
  'open-request': {
    requests: [...WRITE, 'list'],
    sealed: ['get', 'prolong'],
    purposes: ['login'],
    parts: ['read', 'write'], // a rerun reads the first plan
    also: ['settings', 'portalApiSecret'],
  },
  'prepare-engines': {
    requests: WRITE,
    sealed: ['get', 'replace', 'prolong'],
    purposes: ['login', 'subject'],
    parts: ['read', 'write'], // the headers go into the frame of the attempt
    also: ['settings'],
  },
  'query-engine': {
    requests: [...WRITE, 'list'],
    sealed: ['get', 'prolong'],
    purposes: ['login', 'subject', 'mask'],
    parts: ['read', 'list', 'write', 'delete'],
    also: ['settings'],
  },
  'note-missing': { requests: ['list', 'put'] },
  'query-portal': {
    requests: ['get', 'put'],
    sealed: ['get'],
    purposes: ['subject', 'mask'],
    parts: ['read', 'list', 'write', 'delete'],
    also: ['settings'],
    portalRole: 'read',
  },
  'merge-parts': {
    requests: [...WRITE, 'list'],
    parts: ['read', 'list'],
    archives: ['read', 'write', 'delete', 'uploads', 'continue'],
    also: ['settings'],
  },
  'anonymize-portal': {
    requests: WRITE,
    sealed: ['get', 'replace'], // the subject, with what a run replaces
    purposes: ['subject', 'plan'],
    also: ['settings'],
    portalRole: 'anonymize',
  },
  'maintain-portal': { requests: WRITE, portalRole: 'maintain', also: ['settings'] },
  'verify-portal': {
    requests: WRITE,
    sealed: ['get'],
    purposes: ['subject', 'nonce'],
    also: ['settings'], // which columns are of login accounts
    portalRole: 'verify',
  },
  'close-request': CLOSING,
  // Closes what close-request has not closed.
  sweep: {
    ...CLOSING,
    requests: [...WRITE, 'list', 'search'],
    sealed: ['get', 'prolong', 'wipe'], // expired logins; it cannot open any
    executions: { start: ['anonymize'], stop: MACHINES, find: MACHINES },
  },
  'deliver-notices': {
    requests: [...WRITE, 'list', 'search'],
    also: ['settings', 'ticketSecrets', 'webhookSecrets', 'eventBus'],
  },
  'receive-ticket': { also: ['hooks', 'settings'] },
  'process-tickets': {
    requests: [...WRITE, 'search'],
    sealed: ['put', 'wipe'],
    purposes: ['login', 'subject', 'mask', 'nonce'],
    also: ['settings', 'portalApiSecret', 'serviceAccount', 'ticketSecrets', 'subjects', 'macs'],
    executions: { start: ['retrieve', 'anonymize'] },
  },
  'rerun-missing': {
    requests: [...WRITE, 'list', 'search'],
    sealed: ['put', 'wipe'],
    purposes: ['login'],
    also: ['settings', 'portalApiSecret', 'serviceAccount'],
    executions: { start: ['retrieve'] },
  },
  'scan-sentinel': {
    requests: [...WRITE, 'list'],
    sealed: ['put', 'wipe'], // of an anonymization that it starts
    purposes: ['subject', 'nonce'],
    also: ['settings', 'portalApiSecret', 'serviceAccount', 'subjects', 'ledger', 'macs'],
    portalRole: 'read',
    executions: { start: ['anonymize'] },
  },
  'check-removals': {
    requests: [...WRITE, 'search'],
    sealed: ['get', 'wipe'],
    purposes: ['subject'],
    also: ['settings', 'portalApiSecret', 'serviceAccount'],
  },
  'anchor-audit': { requests: ['list', 'put', 'update', 'search'], also: ['settings'] },
  read: { requests: ['get', 'list', 'search'] },
  'get-certificate': { requests: WRITE, sealed: ['get', 'wipe'], purposes: ['nonce'] },
  start: {
    requests: [...WRITE, 'list', 'search'],
    sealed: ['put', 'wipe'],
    purposes: ['login', 'subject', 'mask', 'plan', 'nonce'],
    also: ['settings', 'portalApiSecret', 'serviceAccount', 'subjects', 'macs'],
    executions: { start: MACHINES },
  },
  deliver: { requests: WRITE, archives: ['read'] }, // audits the link; a link has no more rights than its signer
  // It ends, stops and deletes; it cannot open or start anything.
  operate: {
    requests: [...WRITE, 'list', 'search'],
    sealed: ['wipe'],
    parts: ['list', 'delete', 'uploads'],
    archives: ['delete', 'uploads'],
    also: ['settings'],
    executions: { stop: ['retrieve'] },
  },
  preview: { portalRole: 'read', also: ['settings', 'portalApiSecret', 'turns', 'redirection'] },
  // It tries everything, under names and keys of its own: no object, sealed value or record of a request is open to it.
  doctor: {
    portalRole: ['read', 'anonymize', 'verify', 'maintain'],
    also: ['settings', 'tries', 'signs', 'macs', 'portalApiSecret', 'serviceAccount', 'ticketSecrets', 'hookSecrets'],
  },
  'describe-api': {},
};
