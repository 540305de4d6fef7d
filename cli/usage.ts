/** What `gdpr --help` prints. */
export const USAGE = `gdpr: retrieve or anonymize the data of one user or one device

  gdpr retrieve   --user NAME | --device NAME  --out FILE  [--engine-data] [--portal-data] [--force]
  gdpr anonymize  --user NAME | --device NAME  --irreversible
  gdpr status     ID
  gdpr cancel     ID
  gdpr engines

retrieve
  --user NAME, --device NAME  whom it is about: one of the two, as the name appears in the Finder or the Portal
  --engine-data               what the Engines hold      } both when neither is named
  --portal-data               what the Portal holds      }
  --out FILE                  where the archive goes, usually gdpr-data.tar.gz
  --force                     replace FILE if it exists

anonymize
  --irreversible              needed: nobody can undo it. The Portal only; Engines cannot anonymize

every verb
  --api URL                   default: the system that \`npm start\` runs here (.local/system.json)
  --token TOKEN               or GDPR_TOKEN
  --json                      one JSON document on standard output
  --help                      this text

verbs that need the Nexthink account (retrieve, anonymize, engines)
  --login NAME                or GDPR_LOGIN; default: the sample login of the system that runs here
  --password-stdin            password from the first line of standard input; else GDPR_PASSWORD, else the sample
                              login's own, else it is asked for. It is never an argument
  --local                     start a private system with simulated Engines for this one call
  --engines N  --rows R  --seed S  --fault ENGINE=KIND (again for more)  --delay MS  --engine-timeout SECONDS
                              with --local only: how that system is made, how slow its Engines are, when it gives up

Exit codes: 0 done, 1 failed or interrupted, 2 usage, 3 completed with errors (status: those of the request).
`;
