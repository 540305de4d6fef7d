import { existsSync } from 'node:fs';
import { withConnection } from '../connection.ts';
import { UsageError } from '../errors.ts';
import { typedPath } from '../files.ts';
import { listAnchors, listEvents } from '../pages.ts';
import { Verb } from '../verb.ts';
import type { AuditOptions } from './audit-verify.ts';

export const audit = new Verb('audit', 'Check audit trails.').addCommand(
  new Verb(
    'verify',
    'Check that an audit trail is unaltered and matches its time stamps. A file needs no network, and is checked without time stamps.',
  )
    .argument('[ID|FILE]', 'a request, or a file with the output of `gdpr events ID --json`')
    .option('--all', 'every request that you may see')
    .option('--head <SHA256>', 'a head that you kept: shows whether entries were cut off since')
    .option('--tsa-ca <FILE>', 'CA of the time-stamping authority, in PEM; without it the result is not "good"')
    .option('--stamps <FOLDER>', 'write the time stamps there, for `openssl ts -verify`')
    .withApi()
    .example('gdpr audit verify --all --tsa-ca authority.pem', {
      0: 'good',
      1: 'not good',
      3: 'no fault found, but it was not checked who signed the time stamps',
    })
    .does<AuditOptions, [string | undefined]>(async (options, what) => {
      if ((what !== undefined) === (options.all === true)) throw new UsageError('Give ID, FILE or --all');
      const { keepStamps, trailIn, verifyAll, verifyOne } = await import('./audit-verify.ts');
      if (what !== undefined && existsSync(typedPath(what))) {
        if (options.stamps !== undefined || options.tsaCa !== undefined)
          throw new UsageError('--stamps and --tsa-ca need ID or --all: a file holds no time stamps');
        return verifyOne(trailIn(what), [], options);
      }
      return withConnection(options, async (connection) => {
        const anchors = await listAnchors(connection.ask);
        if (options.stamps !== undefined) await keepStamps(anchors, typedPath(options.stamps));
        if (what === undefined) return verifyAll(connection, anchors, options);
        return verifyOne(await listEvents(connection.ask, what), anchors, options);
      });
    }),
);
