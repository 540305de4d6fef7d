import { applyDensity, applyMode, Density, Mode } from '@cloudscape-design/global-styles';

/** How the page looks: as the operator chose, else as the system is set. */
type Appearance = { readonly mode: 'light' | 'dark'; readonly dense: boolean };

const STORED = 'appearance';

export function storedAppearance(): Appearance {
  const stored = JSON.parse(localStorage.getItem(STORED) ?? 'null') as Appearance | null;
  return stored ?? { mode: matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light', dense: false };
}

export function show({ mode, dense }: Appearance): void {
  applyMode(mode === 'dark' ? Mode.Dark : Mode.Light);
  applyDensity(dense ? Density.Compact : Density.Comfortable);
}

/** Applies it and keeps it for the next time. */
export function keep(appearance: Appearance): Appearance {
  localStorage.setItem(STORED, JSON.stringify(appearance));
  show(appearance);
  return appearance;
}
