const TAR_BLOCK = 512;

/** Largest size that fits the eleven octal digits of a ustar header: 8 GiB - 1. */
const MAX_OCTAL = 0o77777777777;

const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;

/**
 * Header blocks of one regular file, mode 0644, owner 0. Over 8 GiB, both a PAX record and the ustar field (in base 256) hold the
 * size: some readers use the one, some the other (docs/archive-format.md). Source: POSIX pax, ustar interchange format.
 * @param name at most 100 bytes of ASCII @param mtime seconds since 1970
 */
export function tarHeader(name: string, byteLength: number, mtime: number): Buffer {
  if (byteLength <= MAX_OCTAL) return headerBlock(name, byteLength, '0', mtime);
  const record = paxRecord('size', String(byteLength));
  return Buffer.concat([
    headerBlock(`PaxHeader/${name}`.slice(0, 100), record.length, 'x', mtime),
    record,
    tarPadding(record.length),
    headerBlock(name, byteLength, '0', mtime),
  ]);
}

/** Zeros that fill the last block of a file. */
export const tarPadding = (byteLength: number): Buffer =>
  Buffer.alloc((TAR_BLOCK - (byteLength % TAR_BLOCK)) % TAR_BLOCK);

export const TAR_END: Buffer = Buffer.alloc(2 * TAR_BLOCK);

function headerBlock(name: string, byteLength: number, type: '0' | 'x', mtime: number): Buffer {
  if (!/^[\x20-\x7e]{1,100}$/.test(name)) throw new RangeError('a tar name must be 1 to 100 characters of ASCII');
  const block = Buffer.alloc(TAR_BLOCK);
  block.write(name, 0, 'latin1');
  block.write(octal(0o644, 7), 100, 'latin1');
  block.write(octal(0, 7) + octal(0, 7), 108, 'latin1');
  if (byteLength <= MAX_OCTAL) block.write(octal(byteLength, 11), 124, 'latin1');
  else {
    block[124] = 0x80;
    block.writeBigUInt64BE(BigInt(byteLength), 128);
  }
  block.write(octal(mtime, 11), 136, 'latin1');
  block.fill(' ', 148, 156);
  block.write(type, 156, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  block.write(octal(0, 7) + octal(0, 7), 329, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 6)} `, 148, 'latin1');
  return block;
}

/** `LENGTH KEY=VALUE\n`, where LENGTH counts itself. */
function paxRecord(key: string, value: string): Buffer {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length++;
  return Buffer.from(`${length}${rest}`, 'latin1');
}
