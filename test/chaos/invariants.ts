import { checkTrail } from '../../modules/proof/audit-anchors.ts';
import { checkCertificate } from '../../modules/proof/certificate-check.ts';
import { eventOf } from '../../modules/requests/audit/entry.ts';
import { type RequestRecord, rowsChanged } from '../../modules/requests/record.ts';
import { isFinal, isWaiting } from '../../modules/requests/state-machine.ts';
import { naming } from '../support/portal.ts';
import { leaks } from '../support/search.ts';
import { faultsAtRest } from '../support/stored-requests.ts';
import { bystanders, type Facts, type ReadArchive } from './facts.ts';

/** Says what is broken; nothing when all is as it should be. */
type Invariant = (facts: Facts) => string[];

const keyOfStart = ({ callerId, reference }: RequestRecord) => reference && `${callerId} ${reference}`;

/** A start that was refused since no execution could be started: its request has failed, and its key is free again. */
const isUnstarted = ({ requestId, state, attempt }: RequestRecord, trails: Facts['trails']): boolean =>
  state === 'FAILED' && attempt === 1 && !trails.get(requestId)?.events.some(({ what }) => what === 'started');

/** A start that was accepted is stored; an approved ticket of which the API took the webhook led to one request, or was refused. */
const noneIsLost: Invariant = ({ story, records, tickets, trails }) => [
  ...story.starts
    .filter(({ requestId }) => requestId !== undefined && !records.some((record) => record.requestId === requestId))
    .map(({ requestId }) => `${requestId} was accepted and is not stored`),
  ...tickets
    .filter(({ history, webhook }) => history.length > 0 && webhook?.startsWith('accepted'))
    .filter(({ key, comments }) => {
      const started = records.filter((each) => each.ticket?.key === key && !isUnstarted(each, trails)).length;
      const isRefused = comments.some(({ text }) => text.startsWith('No GDPR request was started'));
      return started !== 1 && !(started === 0 && isRefused);
    })
    .map(({ key }) => `ticket ${key} was approved and has not led to one request`),
];

/** Every request has ended or waits for a person, and none was started twice under one key (shared with the walk over the API). */
const noneIsStuck: Invariant = ({ records, trails }) => [
  ...faultsAtRest(records, (record) => (isUnstarted(record, trails) ? undefined : keyOfStart(record))),
  ...records
    .filter(({ state, failure, places }) => state === 'FAILED' && !failure && !places)
    .filter(({ rerunUntil }) => rerunUntil === undefined)
    .map(({ requestId }) => `${requestId} failed without a reason`),
];

const missingIn = (whole: ReadArchive, read: ReadArchive): string[] =>
  [...whole.lines].filter(([line, count]) => (read.lines.get(line) ?? 0) < count).map(([line]) => line);

/**
 * Where an archive is called complete it has every line that the quiet runs have in common, and no other archive has a line that
 * none of them has: anonymizations of others may have changed some lines between the two.
 */
const completeIsComplete: Invariant = ({ archives, quiet, story, records, items }) =>
  archives.flatMap(({ requestId, state, read }) => {
    const record = records.find((each) => each.requestId === requestId);
    const { name } = story.startOf(requestId) ?? {};
    const [before, after] = (name !== undefined && quiet.get(name)) || [];
    if (!record || !before || !after) return [];
    const ofSources = ({ lines, ...rest }: ReadArchive) => ({
      ...rest,
      lines: new Map([...lines].filter(([line]) => record.sources.some((source) => line.startsWith(folderOf(source))))),
    });
    const [first, last] = [ofSources(before), ofSources(after)];
    const isComplete = state === 'COMPLETED';
    const lacks = missingIn(first, read).filter((line) => missingIn(last, read).includes(line));
    const foreign = missingIn(read, first).filter((line) => missingIn(read, last).includes(line));
    return [
      ...(isComplete && (lacks.length > 0 || !read.complete)
        ? [
            `${requestId} is COMPLETED and lacks ${lacks.length} lines: ${fileOf(lacks)} (${sourcesOf(items, requestId)})`,
          ]
        : []),
      ...(!isComplete && !read.complete && read.missing === 0 ? [`${requestId} is incomplete and names nothing`] : []),
      ...(foreign.length > 0
        ? [`${requestId} has ${foreign.length} lines that no quiet run has: ${fileOf(foreign)}`]
        : []),
    ];
  });

/** What is noted of each source of a request. */
const sourcesOf = (items: Facts['items'], requestId: string): string =>
  items
    .filter(({ pk, sk }) => pk === `REQ#${requestId}` && String(sk).startsWith('SOURCE#'))
    .map(({ name, state, rows, attempt }) => `${name} ${state} ${rows}${attempt === undefined ? '' : `/${attempt}`}`)
    .join(', ');

const folderOf = (source: string): string => (source === 'engine' ? 'engines/' : 'portal/');
/** Files of some lines, without what stands in the lines. */
const fileOf = (lines: readonly string[]): string => [...new Set(lines.map((line) => line.split(' ')[0]))].join(', ');

/** The state tells of the sources: none is missing in a complete one, and a name that is there was not "nothing found". */
const stateTellsOfSources: Invariant = ({ records, items, story, quiet }) =>
  records
    .filter(({ kind, state }) => kind === 'retrieve' && /^(COMPLETED|NOTHING_FOUND)$/.test(state))
    .flatMap(({ requestId, state, sources }) => {
      const own = items.filter(({ pk, sk }) => pk === `REQ#${requestId}` && String(sk).startsWith('SOURCE#'));
      const missing = own.filter((source) => !/^(DONE|EMPTY|NO_LICENCE)$/.test(String(source.state)));
      const isThere = quiet.has(story.startOf(requestId)?.name ?? '') && sources.includes('engine');
      return [
        ...(missing.length > 0 ? [`${requestId} is ${state} with ${missing.length} sources missing`] : []),
        ...(state === 'NOTHING_FOUND' && isThere ? [`${requestId} found nothing, and there is something`] : []),
      ];
    });

/** One row of the ledger for each request that has changed the Portal, and none of anything else. */
const oneChangeEach: Invariant = ({ records, ledger }) => {
  const changed = records.filter(({ receipt }) => receipt !== undefined).map(({ requestId }) => requestId);
  return [
    ...ledger
      .filter((id) => !changed.includes(id))
      .map((id) => `the Portal was changed by ${id}, which has no receipt`),
    ...changed.filter((id) => !ledger.includes(id)).map((id) => `${id} has a receipt, and the Portal no change of it`),
  ];
};

/** Rows that name nobody concerned are there as before, and no table has another number of rows. */
const bystandersStay: Invariant = ({ portalBefore, portalAfter, subjects }) => {
  const left = Map.groupBy(bystanders(portalAfter, subjects, portalBefore), (row) => row);
  const gone = [...Map.groupBy(bystanders(portalBefore, subjects, portalBefore), (row) => row)].filter(
    ([row, rows]) => (left.get(row)?.length ?? 0) < rows.length,
  );
  const totals = [...portalBefore].filter(([relation, rows]) => portalAfter.get(relation)?.length !== rows.length);
  return [
    ...totals.map(([relation]) => `${relation} has another number of rows`),
    ...(gone.length > 0 ? [`${gone.length} rows of others have changed: ${fileOf(gone.map(([row]) => row))}`] : []),
  ];
};

/** A name is wholly there or wholly gone, and gone when and only when a request says so, once. */
const namesAreGoneOrThere: Invariant = ({ records, subjects, portalBefore, portalAfter, story }) =>
  subjects.anonymized.flatMap(({ name }) => {
    const count = (rows: typeof portalAfter) =>
      [...rows.values()].flat().filter((row) => naming(name).test(row)).length;
    const [before, after] = [count(portalBefore), count(portalAfter)];
    const changes = records.filter(
      ({ requestId, receipt }) => receipt && rowsChanged(receipt) > 0 && story.startOf(requestId)?.name === name,
    );
    const at = subjects.anonymized.findIndex((subject) => subject.name === name);
    const untold = records.some(({ requestId, receipt }) => receipt && !story.startOf(requestId));
    if (untold) return [];
    if (changes.length > 1) return [`subject ${at} was changed by ${changes.length} requests`];
    if (changes.length === 1 && after > 0) return [`subject ${at} is anonymized, and ${after} rows name it`];
    return changes.length === 0 && after !== before
      ? [`subject ${at}: ${before} rows named it, now ${after}, by nobody`]
      : [];
  });

/** A completed anonymization has a certificate that verifies, and nothing of the name was found afterwards. */
const certificatesVerify: Invariant = ({ records }) =>
  records
    .filter(({ kind, state }) => kind === 'anonymize' && /^(COMPLETED|NOTHING_FOUND)$/.test(state))
    .flatMap(({ requestId, receipt, certificate }) => [
      ...(receipt?.residue === 0 ? [] : [`${requestId}: residue ${receipt?.residue}`]),
      ...(certificate
        ? checkCertificate(certificate).faults.map((fault) => `${requestId}: ${fault}`)
        : [`${requestId}: no certificate`]),
      ...(certificate && receipt && certificate.certificate.changed.rows !== rowsChanged(receipt)
        ? [`${requestId}: the certificate tells of other rows`]
        : []),
    ]);

const trailsVerify: Invariant = ({ trails }) =>
  [...trails].flatMap(([requestId, trail]) => checkTrail(trail, []).faults.map((fault) => `${requestId}: ${fault}`));

/** Every entry that is to be told (none of a rehearsal) went out, or was given up and says so; what is said to be sent has arrived. */
const endsAreReported: Invariant = ({ trails, records, items, story }) => {
  const arrived = new Set(story.told.map(({ headers }) => headers['webhook-id']));
  const told = records.filter(({ kind }) => kind !== 'rehearse');
  return told.flatMap(({ requestId }) =>
    trails.get(requestId)!.events.flatMap((entry) => {
      const event = eventOf(entry);
      if (event === undefined) return [];
      const noticeId = `${requestId}:${event}-${entry.seq}`;
      const ended = items.find(({ pk, sk }) => pk === `OUTBOX#${noticeId}` && sk === 'webhook:chaos')?.ended;
      if (ended === 'given-up') return [];
      if (ended !== 'sent') return [`${noticeId} was not told (${ended ?? 'not written'})`];
      return arrived.has(noticeId) ? [] : [`${noticeId} was told to nobody`];
    }),
  );
};

/** Neither a name nor a password in anything that lies around (R24). The places are named, not the words. */
const nothingPersonal: Invariant = ({ places, words }) => [
  ...new Set(leaks(places, words).map((found) => `personal data in ${found.split(': ')[0]}`)),
];

/** What has ended keeps no login. */
const loginsAreWiped: Invariant = ({ records, sealed }) =>
  records
    .filter(({ requestId, state }) => isFinal(state) && sealed.some(({ pk, sk }) => pk === requestId && sk === 'LOGIN'))
    .map(({ requestId, state }) => `${requestId} is ${state} and keeps a login`);

/** After the retention of everything nothing is left but records, trails, and nonces of certificates. */
export const nothingIsLeft: Invariant = ({ records, sealed, objectKeys, uploads }) => {
  const idOf = (key: string) => key.split('/')[1] ?? '';
  const isData = (key: string) => /^(archives|parts(?!\/headers\/))\//.test(key);
  const known = new Map(records.map((record) => [record.requestId, record]));
  return [
    ...records
      .filter(({ state }) => isWaiting(state))
      .map(({ requestId, state }) => `${requestId} still waits: ${state}`),
    ...objectKeys
      .filter(isData)
      .map((key) => `object of ${idOf(key)} (${known.get(idOf(key))?.state}): ${key.split('/')[0]}`),
    ...uploads.map((key) => `unfinished upload of ${idOf(key)} (${known.get(idOf(key))?.state})`),
    ...sealed
      .filter(({ pk, sk }) => !(sk === 'NONCE' && known.get(String(pk))?.certificate))
      .filter(({ pk, expiresAt }) => known.has(String(pk)) || typeof expiresAt !== 'number') // of a killed start: it expires
      .map(({ pk, sk }) => `sealed ${sk} of ${pk} (${known.get(String(pk))?.state})`),
  ];
};

/** What holds once nothing fails any more and the schedules have come. */
export const INVARIANTS: Readonly<Record<string, Invariant>> = {
  noneIsLost,
  noneIsStuck,
  completeIsComplete,
  stateTellsOfSources,
  oneChangeEach,
  bystandersStay,
  namesAreGoneOrThere,
  certificatesVerify,
  trailsVerify,
  endsAreReported,
  nothingPersonal,
  loginsAreWiped,
};
