/** Unpacks a tar.gz into the current folder with the package that npm itself uses: `unpack-npm-tar.ts ARCHIVE`. */
import { extract } from 'tar';

await extract({ file: process.argv[2]!, strict: true });
