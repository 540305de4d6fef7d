import type { BundledPackage } from './bundled-packages.ts';

/** Licences that what is deployed may be under: they ask for a notice, and for nothing of our own code. */
export const ALLOWED: readonly string[] = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'Unlicense',
];

/** Packages under another licence, or under none that is named; `A OR B` is good when one of them is. */
export const licenceFaults = (packages: readonly Pick<BundledPackage, 'name' | 'version' | 'licence'>[]): string[] =>
  packages
    .filter(
      ({ licence }) =>
        !licence
          .replaceAll(/[()]/g, '')
          .split(' OR ')
          .some((each) => ALLOWED.includes(each)),
    )
    .map(({ name, version, licence }) => `${name} ${version} is under ${licence}`);
