import { join } from 'node:path';
import { findProgram } from '../support/program.ts';

/** A program that reads archives, as Debian brings it. */
export interface Reader {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly debianPackage: string;
}

const HERE = import.meta.dirname;

/** Unpack the archive `$ARCHIVE` into the current folder. */
export const UNPACKERS: readonly Reader[] = [
  { name: 'GNU tar', program: 'tar', args: ['-xzf', '$ARCHIVE'], debianPackage: 'tar' },
  { name: 'bsdtar', program: 'bsdtar', args: ['-xzf', '$ARCHIVE'], debianPackage: 'libarchive-tools' },
  { name: 'busybox tar', program: 'busybox', args: ['tar', '-xzf', '$ARCHIVE'], debianPackage: 'busybox' },
  {
    name: 'Python tarfile r:gz',
    program: 'python3',
    args: ['-c', "import tarfile; tarfile.open('$ARCHIVE', 'r:gz').extractall()"],
    debianPackage: 'python3',
  },
  {
    name: 'Python tarfile r|gz',
    program: 'python3',
    args: ['-c', "import tarfile; tarfile.open('$ARCHIVE', 'r|gz').extractall()"],
    debianPackage: 'python3',
  },
  {
    name: '7z',
    program: 'sh',
    args: ['-c', '7z x -so "$ARCHIVE" > all.tar && 7z x all.tar > log && rm all.tar log'],
    debianPackage: 'p7zip-full',
  },
  {
    name: 'Perl Archive::Tar',
    program: 'perl',
    args: ['-MArchive::Tar', '-e', "Archive::Tar->extract_archive('$ARCHIVE') or die"],
    debianPackage: 'perl',
  },
  {
    name: 'Node zlib and tar-stream',
    program: 'node',
    args: [join(HERE, 'unpack.ts'), '$ARCHIVE'],
    debianPackage: 'nodejs',
  },
  {
    name: 'npm tar',
    program: 'node',
    args: [join(HERE, 'unpack-npm-tar.ts'), '$ARCHIVE'],
    debianPackage: 'nodejs',
  },
];

/** Print what is in the gzip file `$ARCHIVE`. */
export const INFLATERS: readonly Reader[] = [
  { name: 'gunzip', program: 'gunzip', args: ['-c', '$ARCHIVE'], debianPackage: 'gzip' },
  { name: 'pigz', program: 'pigz', args: ['-dc', '$ARCHIVE'], debianPackage: 'pigz' },
  { name: 'busybox gunzip', program: 'busybox', args: ['gunzip', '-c', '$ARCHIVE'], debianPackage: 'busybox' },
  {
    name: 'Java GZIPInputStream',
    program: 'java',
    args: [join(HERE, 'Inflate.java'), '$ARCHIVE'],
    debianPackage: 'default-jdk-headless',
  },
  {
    name: 'Perl IO::Uncompress::Gunzip',
    program: 'perl',
    args: ['-MIO::Uncompress::Gunzip=gunzip', '-e', "binmode STDOUT; gunzip('$ARCHIVE', '-') or die"],
    debianPackage: 'perl',
  },
  {
    name: 'PHP gzdecode',
    program: 'php',
    args: ['-d', 'memory_limit=-1', '-r', "echo gzdecode(file_get_contents('$ARCHIVE'));"],
    debianPackage: 'php-cli',
  },
  {
    name: 'Ruby GzipReader',
    program: 'ruby',
    args: ['-rzlib', '-e', "$stdout.binmode; $stdout.write(Zlib::GzipReader.open('$ARCHIVE').read)"],
    debianPackage: 'ruby',
  },
];

/** Over HTTP, from a server that says `Content-Encoding: gzip`: `$URL`. */
export const DOWNLOADERS: readonly Reader[] = [
  { name: 'curl --compressed', program: 'curl', args: ['-sSf', '--compressed', '$URL'], debianPackage: 'curl' },
];

/** Readers that this machine has. A shell's program is the one that it calls. */
export const present = (readers: readonly Reader[]): Reader[] =>
  readers.filter(({ name, program }) => findProgram(program === 'sh' ? name : program) !== undefined);
