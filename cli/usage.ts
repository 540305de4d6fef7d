/** What `gdpr --help` prints. */
export const USAGE = `gdpr: retrieve or anonymize the data of one user or one device

  gdpr retrieve   --user NAME | --device NAME  --out FILE  [--engine-data] [--portal-data] [--force]
  gdpr rerun      ID  --out FILE  [--force]
  gdpr preview    --user NAME | --device NAME  [--retrieve]
  gdpr anonymize  --user NAME | --device NAME  --irreversible
  gdpr status     ID
  gdpr list       [--state STATE] [--limit N]
  gdpr cancel     ID
  gdpr approve    ID  [--plan-hash HASH]
  gdpr deny       ID  --reason CODE
  gdpr login      ID
  gdpr deadline   pause|resume|extend ID  [--reason CODE] [--months 1|2]
  gdpr engines
  gdpr archive verify FILE
  gdpr events     ID
  gdpr audit verify ID | FILE | --all  [--head SHA256]  [--stamps FOLDER]
  gdpr certificate get ID
  gdpr certificate nonce ID
  gdpr certificate verify FILE  [--public-key PEM]  [--nonce NONCE --user NAME | --device NAME]
  gdpr portal discover  [--planted NAME]
  gdpr portal check     [--mapping FILE]

retrieve
  --user NAME, --device NAME  whom it is about: one of the two, as the name appears in the Finder or the Portal
  --engine-data               what the Engines hold      } both when neither is named
  --portal-data               what the Portal holds      }
  --out FILE                  where the archive goes, usually gdpr-data.tar.gz
  --force                     replace FILE if it exists
  --co-users keep|mask        names of people other than the one asked about: as recorded, or replaced by stand-ins;
                              default: as the system is set

list                            requests that the caller may see, newest first; never whom they are about
  --state STATE               only those, such as AWAITING_LOGIN
  --limit N                   20 when not told

rerun
  ID                          a request that is COMPLETED_WITH_ERRORS: what it misses is asked again and joined to the rest

archive verify
  FILE                        an archive: every file and fragment is compared with its manifest; exit code 1 when damaged

audit verify
  ID, FILE                    an audit trail, from the API or from what \`gdpr events ID --json\` wrote: exit code 1 when it is
                              not as it was written, or as a witness has seen it since
  --all                       every request that the caller may see
  --head SHA256               a head that was kept elsewhere: shows whether entries were cut off since
  --stamps FOLDER             writes what a time-stamping authority has answered there, for \`openssl ts -verify\`

certificate
  get ID                      the signed proof of a completed anonymization, as JSON
  nonce ID                    the key that binds it to a name; handed out once
  verify FILE                 offline: signature and, with --nonce and the name, whom it is about; exit code 1 when not good
  --public-key PEM            file with the issuer's key; without it, only that the certificate is unchanged is shown

preview
  --retrieve                  for a retrieval; without it, what an anonymization would change

portal                        looks at the Portal database, read-only, and never at its own mapping in the bucket
  discover                    proposes a mapping as JSON; --planted NAME: a name that was put into the Portal for that
  check                       compares a mapping with the database; --mapping FILE, else that of the reference schema
  --database-url-env VAR      variable that holds postgresql://user:password@host:5432/database; else GDPR_PORTAL_URL,
                              else the database of the system that runs here. PGSSLROOTCERT names a CA file

anonymize
  --irreversible              needed: nobody can undo it. The Portal only; Engines cannot anonymize

approve, deny, login            for a request that waits for another person, or for the Nexthink account
  --plan-hash HASH            of the preview that an anonymization was started with
  --reason CODE               identity-not-verified, not-entitled, duplicate, manifestly-unfounded, withdrawn or other

deadline                      the legal term of a request, which begins when the person asked
  pause --reason CODE         identity or scope: the person was asked who they are, or what they mean; resume ends it
  extend --reason CODE        complexity or number-of-requests: two months more, or --months 1; once

every verb
  --api URL                   default: the system that \`npm start\` runs here (.local/system.json)
  --token TOKEN               or GDPR_TOKEN
  --json                      one JSON document on standard output
  --help                      this text

verbs that need the Nexthink account (retrieve, rerun, preview, anonymize, engines, login)
  --login NAME                or GDPR_LOGIN; default: the sample login of the system that runs here
  --password-stdin            password from the first line of standard input; else GDPR_PASSWORD, else the sample
                              login's own, else it is asked for. It is never an argument
  --local                     start a private system with simulated Engines for this one call
  --engines N  --rows R  --seed S  --fault ENGINE=KIND (again for more)  --delay MS  --engine-timeout SECONDS
                              with --local only: how that system is made, how slow its Engines are, when it gives up

Exit codes: 0 done, 1 failed or interrupted, 2 usage, 3 completed with errors, 4 waits for a person
(status: those of the request).
`;
